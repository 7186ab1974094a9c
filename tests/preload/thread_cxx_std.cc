// std::thread, mutex, condition_variable, future and call_once.
#include "t.h"
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

static std::mutex m;
static std::condition_variable cv;
static std::deque<int> queue;
static bool finished;
static std::once_flag flag;
static int inits;

static long consume()
{
	long sum = 0;

	std::call_once(flag, [] { inits++; });
	for (;;) {
		std::unique_lock<std::mutex> lock(m);

		cv.wait(lock, [] { return !queue.empty() || finished; });
		if (queue.empty())
			return sum;
		sum += queue.front();
		queue.pop_front();
	}
}

int main()
{
	std::vector<std::future<long>> out;
	long sum = 0;

	for (int i = 0; i < 4; i++)
		out.push_back(std::async(std::launch::async, consume));
	for (int i = 1; i <= 1000; i++) {
		std::lock_guard<std::mutex> lock(m);

		queue.push_back(i);
		cv.notify_one();
	}
	{
		std::lock_guard<std::mutex> lock(m);

		finished = true;
	}
	cv.notify_all();
	for (auto &f : out)
		sum += f.get();
	printf("%ld, %d init\n", sum, inits);

	std::promise<int> p;
	std::thread t([&p] {
		std::this_thread::sleep_for(std::chrono::milliseconds(20));
		p.set_value(5);
	});
	printf("%d\n", p.get_future().get());
	t.join();

	std::unique_lock<std::mutex> lock(m);
	CHECK(cv.wait_for(lock, std::chrono::milliseconds(30)) ==
	      std::cv_status::timeout);
	auto failing = std::async(std::launch::async, []() -> int {
		throw 42;
	});
	try {
		failing.get();
	} catch (int v) {
		printf("caught %d\n", v);
	}
	return t_end();
}
