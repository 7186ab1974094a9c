/*
 * aside.c - programs that the shim leaves alone
 *
 * A runtime that has threads of its own in user space, that stops threads by
 * signals and looks at their stacks, or that checks or emulates every
 * instruction, has ideas of what a thread is that do not go together with
 * threads that leave their kernel threads.  Such a program is recognised
 * before it makes its first thread, and then nothing of the ring is started:
 * every interposer goes straight on to libc, and the program runs as
 * without.  RING_SHIM_VERBOSE=1 tells which of these it was.
 *
 * It is recognised by what is mapped: a module's name, an exported symbol,
 * or the note that Go's linker leaves in what it links.  Asked at load and
 * once more when the first thread is about to be made, for by then a
 * launcher has loaded its virtual machine.  What is loaded later than that
 * is not noticed: see ring-shim(7).
 */
#include "shim/intern.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

/* Beginnings of file names. */
static const struct {
	const char *name, *why;
} modules[] = {
	{ "libjvm.so", "a Java virtual machine" },
	{ "libj9vm", "a Java virtual machine" },
	{ "libcoreclr.so", "the .NET runtime" },
	{ "libmonosgen-2.", "the Mono runtime" },
	{ "libmonoboehm-2.", "the Mono runtime" },
	{ "libgc.so.", "the Boehm collector, which stops threads by signals" },
	{ "vgpreload_", "valgrind" },
};

static const struct {
	const char *name, *why;
} symbols[] = {
	{ "__asan_init", "AddressSanitizer" },
	{ "__tsan_init", "ThreadSanitizer" },
	{ "__msan_init", "MemorySanitizer" },
	{ "__hwasan_init", "HWAddressSanitizer" },
	{ "__lsan_do_leak_check", "LeakSanitizer" },
};

static const char *by_name(const char *path)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++)
		if (!strncmp(base, modules[i].name, strlen(modules[i].name)))
			return modules[i].why;
	return NULL;
}

/* Is one of the notes Go's build id?  Its type is 4, its owner "Go". */
static bool go_note(const char *p, size_t len)
{
	while (len >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *n = (const void *)p;
		size_t name = (n->n_namesz + 3u) & ~(size_t)3;
		size_t size =
			sizeof(*n) + name + ((n->n_descsz + 3u) & ~(size_t)3);

		if (size > len)
			return false;
		if (n->n_type == 4 && n->n_namesz == 4 &&
		    !memcmp(p + sizeof(*n), "Go\0", 4))
			return true;
		p += size;
		len -= size;
	}
	return false;
}

static bool is_go(const struct dl_phdr_info *info)
{
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_NOTE && ph->p_align <= 4 &&
		    go_note((const char *)info->dlpi_addr + ph->p_vaddr,
			    ph->p_memsz))
			return true;
	}
	return false;
}

static int module(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char **why = arg;

	(void)size;
	*why = by_name(info->dlpi_name ? info->dlpi_name : "");
	if (!*why && is_go(info))
		*why = "the Go runtime";
	return *why != NULL;
}

static const char *by_symbol(void)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++)
		if (dlsym(RTLD_DEFAULT, symbols[i].name))
			return symbols[i].why;
	return NULL;
}

/* A stack that is switched without the processor's knowing is a fault. */
static bool shadow_stack(void)
{
	int saved = errno;
	unsigned long on = 0;
	long r = real(syscall)(SYS_arch_prctl, 0x5005 /* ARCH_SHSTK_STATUS */,
			       &on);

	errno = saved;
	return r == 0 && on & 1 /* ARCH_SHSTK_SHSTK */;
}

/* Why this program is to be left alone, NULL if it is not. */
const char *aside_why(void)
{
	const char *why = NULL;

	if (getauxval(AT_SECURE))
		return "a program with another's rights (set-user-ID)";
	dl_iterate_phdr(module, &why);
	if (!why)
		why = by_symbol();
	if (!why && shadow_stack())
		why = "shadow stacks";
	return why;
}

/* Step aside if need be, and say so.  True if so. */
bool aside(void)
{
	const char *why = aside_why();

	if (!why)
		return false;
	shim_on = false;
	say("stepping aside, nothing is changed: %s", why);
	return true;
}
