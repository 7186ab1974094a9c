/*
 * inspect_elf.c - what one ELF file says of itself
 *
 * Read with pread() into memory of our own, and every offset and count in
 * the file is checked against the file's size before it is used: a truncated
 * or hostile file gives a message, or less to know, never a fault.  Tables
 * are not larger than the file, so neither is what is allocated.
 *
 * Imports are in the dynamic symbol table, which is found by its section
 * header; where those were stripped, by the dynamic segment, which the
 * loader uses, and whose hash table tells how many of its entries are
 * imports.
 */
#include "inspect.h"
#include "launch.h"

#include <elf.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE_MAX 4096		/* program headers, section headers */
#define BLOB_MAX  (256UL << 20) /* one table */

struct image {
	int fd;
	uint64_t size;
	Elf64_Ehdr head;
	Elf64_Phdr *ph;
	size_t n_ph;
	Elf64_Shdr *sh;
	size_t n_sh;
	Elf64_Dyn *dyn;
	size_t n_dyn;
	char *strings; /* of the dynamic symbols, 0-terminated */
	size_t strings_size;
};

/* length bytes at offset, with a 0 behind them; NULL if they are not all in
   the file.  The caller's to free. */
static void *blob(const struct image *im, uint64_t offset, uint64_t length)
{
	char *p;

	if (!length || length > BLOB_MAX || offset > im->size ||
	    length > im->size - offset)
		return NULL;
	p = must_alloc(malloc(length + 1));
	p[length] = '\0';
	for (uint64_t got = 0; got < length;) {
		ssize_t n = pread(im->fd, p + got, length - got,
				  (off_t)(offset + got));

		if (n <= 0) {
			free(p);
			return NULL;
		}
		got += (uint64_t)n;
	}
	return p;
}

/* The offset in the file of an address, or the file's size if none. */
static uint64_t offset_of(const struct image *im, uint64_t address)
{
	for (size_t i = 0; i < im->n_ph; i++) {
		const Elf64_Phdr *p = &im->ph[i];

		if (p->p_type == PT_LOAD && address >= p->p_vaddr &&
		    address - p->p_vaddr < p->p_filesz &&
		    p->p_offset < im->size)
			return p->p_offset + (address - p->p_vaddr);
	}
	return im->size;
}

/* --- notes, sections -------------------------------------------------------- */

/* Go's linker leaves a note of its own, also in a stripped program. */
static bool note_is_gos(const struct image *im, const Elf64_Phdr *p)
{
	const Elf64_Nhdr *note = blob(im, p->p_offset, sizeof(*note) + 4);
	bool is = note && note->n_namesz == 4 && note->n_type == 4 &&
		  !memcmp(note + 1, "Go\0", 4);

	free((void *)note);
	return is;
}

static bool has_section(const struct image *im, const char *name)
{
	const Elf64_Shdr *names = im->head.e_shstrndx < im->n_sh
					  ? &im->sh[im->head.e_shstrndx]
					  : NULL;
	char *all = names ? blob(im, names->sh_offset, names->sh_size) : NULL;
	bool has = false;

	for (size_t i = 0; all && !has && i < im->n_sh; i++)
		has = im->sh[i].sh_name < names->sh_size &&
		      !strcmp(all + im->sh[i].sh_name, name);
	free(all);
	return has;
}

/* --- the dynamic segment ---------------------------------------------------- */

static const uint64_t *dyn_value(const struct image *im, int64_t tag)
{
	for (size_t i = 0; i < im->n_dyn && im->dyn[i].d_tag; i++)
		if (im->dyn[i].d_tag == tag)
			return &im->dyn[i].d_un.d_val;
	return NULL;
}

static void read_dyn(struct image *im, const Elf64_Phdr *p)
{
	uint64_t size = p->p_filesz - p->p_filesz % sizeof(*im->dyn);

	free(im->dyn);
	im->dyn = blob(im, p->p_offset, size);
	im->n_dyn = im->dyn ? size / sizeof(*im->dyn) : 0;
}

static void read_strings(struct image *im)
{
	const uint64_t *at = dyn_value(im, DT_STRTAB);
	const uint64_t *size = dyn_value(im, DT_STRSZ);

	if (!at || !size)
		return;
	im->strings = blob(im, offset_of(im, *at), *size);
	im->strings_size = im->strings ? *size : 0;
}

static const char *string(const struct image *im, uint64_t at)
{
	return at < im->strings_size ? im->strings + at : NULL;
}

static void read_needed(const struct image *im, struct elf *e)
{
	for (size_t i = 0; i < im->n_dyn && im->dyn[i].d_tag; i++) {
		const char *name = string(im, im->dyn[i].d_un.d_val);
		int64_t tag = im->dyn[i].d_tag;

		if (!name)
			continue;
		if (tag == DT_NEEDED && e->n_needed < NEEDED_MAX)
			e->needed[e->n_needed++] = text("%s", name);
		if ((tag == DT_RUNPATH || tag == DT_RPATH) && !e->runpath)
			e->runpath = text("%s", name);
	}
}

/* --- imports ---------------------------------------------------------------- */

static const struct {
	const char *pattern;
	enum use use;
} marks[] = {
	{ "pthread_create", USE_THREADS },
	{ "thrd_create", USE_THREADS },
	{ "_ZNSt6thread15_M_start_thread*", USE_THREADS },
	{ "g_thread_new", USE_THREADS },
	{ "g_thread_try_new", USE_THREADS },
	{ "g_thread_pool_new*", USE_THREADS },
	{ "apr_thread_create", USE_THREADS },
	{ "accept", USE_NET },
	{ "accept4", USE_NET },
	{ "recv", USE_NET },
	{ "recvfrom", USE_NET },
	{ "recvmsg", USE_NET },
	{ "__recv_chk", USE_NET },
	{ "__recvfrom_chk", USE_NET },
	{ "connect", USE_NET },
	{ "pthread_cond_wait", USE_WAIT },
	{ "pthread_cond_timedwait", USE_WAIT },
	{ "sem_wait", USE_WAIT },
	{ "poll", USE_WAIT },
	{ "select", USE_WAIT },
	{ "nanosleep", USE_WAIT },
	{ "clock_nanosleep", USE_WAIT },
	{ "sleep", USE_WAIT },
	{ "usleep", USE_WAIT },
	{ "epoll_wait", USE_LOOP },
	{ "epoll_pwait*", USE_LOOP },
	{ "io_uring_*", USE_LOOP },
	{ "uv_run", USE_LOOP },
	{ "event_base_loop", USE_LOOP },
	{ "event_base_dispatch", USE_LOOP },
	{ "ev_run", USE_LOOP },
	{ "fork", USE_FORK },
	{ "dlopen", USE_PLUGINS },
	{ "__asan_init", USE_SANITIZER },
	{ "__tsan_init", USE_SANITIZER },
	{ "__msan_init", USE_SANITIZER },
	{ "__hwasan_init", USE_SANITIZER },
	{ "__lsan_do_leak_check", USE_SANITIZER },
};

static void mark(struct elf *e, const char *name, bool import)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		enum use use = marks[i].use;

		/* a sanitizer linked in statically is exported */
		if (e->symbol[use] || (!import && use != USE_SANITIZER) ||
		    fnmatch(marks[i].pattern, name, 0))
			continue;
		e->symbol[use] = text("%s", name);
	}
}

static void mark_all(const struct image *im, struct elf *e, uint64_t offset,
		     uint64_t count)
{
	uint64_t most = (im->size - offset) / sizeof(Elf64_Sym);
	Elf64_Sym *all;

	if (count > most)
		count = most;
	all = blob(im, offset, count * sizeof(*all));
	for (uint64_t i = 0; all && i < count; i++) {
		const char *name = string(im, all[i].st_name);

		if (name && *name)
			mark(e, name, all[i].st_shndx == SHN_UNDEF);
	}
	free(all);
}

/* The dynamic symbols by their section header; false if there is none. */
static bool by_section(const struct image *im, struct elf *e)
{
	for (size_t i = 0; i < im->n_sh; i++) {
		const Elf64_Shdr *s = &im->sh[i];

		if (s->sh_type != SHT_DYNSYM || s->sh_offset >= im->size)
			continue;
		mark_all(im, e, s->sh_offset, s->sh_size / sizeof(Elf64_Sym));
		return true;
	}
	return false;
}

/* By the dynamic segment: the second word of either hash table is a count,
   of all symbols or of those that are imports. */
static void by_segment(const struct image *im, struct elf *e)
{
	const uint64_t *symbols = dyn_value(im, DT_SYMTAB);
	const uint64_t *hash = dyn_value(im, DT_HASH);
	uint32_t *words;

	if (!hash)
		hash = dyn_value(im, DT_GNU_HASH);
	if (!symbols || !hash)
		return;
	words = blob(im, offset_of(im, *hash), 2 * sizeof(*words));
	if (words)
		mark_all(im, e, offset_of(im, *symbols), words[1]);
	free(words);
}

/* --- the whole -------------------------------------------------------------- */

/* In a 32-bit file the fields up to e_machine lie as in a 64-bit one, and no
   more than those is wanted of it. */
static const char *read_head(struct image *im, struct elf *e)
{
	unsigned char *ident = blob(im, 0, 20);
	Elf64_Ehdr *head;

	if (!ident || memcmp(ident, ELFMAG, SELFMAG)) {
		free(ident);
		return "not an ELF file";
	}
	e->bits = ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
	e->machine = ident[EI_DATA] == ELFDATA2MSB ? ident[18] << 8 | ident[19]
						   : ident[19] << 8 | ident[18];
	free(ident);
	if (e->bits == 32 || e->machine != EM_X86_64)
		return NULL;
	head = blob(im, 0, sizeof(*head));
	if (!head)
		return "an ELF file that is cut short";
	im->head = *head;
	free(head);
	return NULL;
}

static const char *read_tables(struct image *im)
{
	const Elf64_Ehdr *h = &im->head;

	if (h->e_phentsize == sizeof(*im->ph) && h->e_phnum < TABLE_MAX)
		im->ph = blob(im, h->e_phoff, h->e_phnum * sizeof(*im->ph));
	if (!im->ph)
		return "an ELF file without program headers: cut short, or "
		       "not a program";
	im->n_ph = h->e_phnum;
	if (h->e_shentsize == sizeof(*im->sh) && h->e_shnum < TABLE_MAX)
		im->sh = blob(im, h->e_shoff, h->e_shnum * sizeof(*im->sh));
	im->n_sh = im->sh ? h->e_shnum : 0;
	return NULL;
}

static const char *read_segment(struct image *im, struct elf *e,
				const Elf64_Phdr *p)
{
	char *interp;

	if (p->p_type == PT_DYNAMIC)
		read_dyn(im, p);
	if (p->p_type == PT_NOTE && note_is_gos(im, p))
		e->go = true;
	if (p->p_type == PT_LOAD &&
	    (p->p_offset > im->size || p->p_filesz > im->size - p->p_offset))
		return "an ELF file that is cut short";
	if (p->p_type != PT_INTERP)
		return NULL;
	interp = p->p_filesz < sizeof(e->interp)
			 ? blob(im, p->p_offset, p->p_filesz)
			 : NULL;
	if (interp)
		strcpy(e->interp, interp);
	free(interp);
	if (!e->interp[0])
		return "an ELF file whose loader's name is not in it: damaged";
	return NULL;
}

static const char *read_all(struct image *im, struct elf *e)
{
	const char *wrong = read_head(im, e);

	if (wrong || e->bits == 32 || e->machine != EM_X86_64)
		return wrong;
	wrong = read_tables(im);
	for (size_t i = 0; !wrong && i < im->n_ph; i++)
		wrong = read_segment(im, e, &im->ph[i]);
	if (wrong)
		return wrong;
	if (im->head.e_type != ET_EXEC && im->head.e_type != ET_DYN)
		return "an ELF file that is not a program";
	e->dynamic = im->n_dyn > 0;
	if (has_section(im, ".go.buildinfo") ||
	    has_section(im, ".note.go.buildid"))
		e->go = true;
	read_strings(im);
	read_needed(im, e);
	if (!by_section(im, e))
		by_segment(im, e);
	return NULL;
}

const char *elf_read(int fd, struct elf *e)
{
	struct image im = { .fd = fd };
	const char *wrong;
	struct stat st;

	memset(e, 0, sizeof(*e));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return "not a regular file";
	im.size = (uint64_t)st.st_size;
	wrong = read_all(&im, e);
	free(im.ph);
	free(im.sh);
	free(im.dyn);
	free(im.strings);
	return wrong;
}

void elf_free(struct elf *e)
{
	for (int i = 0; i < e->n_needed; i++)
		free(e->needed[i]);
	for (int i = 0; i < USES; i++)
		free(e->symbol[i]);
	free(e->runpath);
}
