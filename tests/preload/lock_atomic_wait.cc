/* C++20: std::atomic::wait, semaphores, latch, barrier, stop_token. */
#include "t.h"
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <semaphore>
#include <stop_token>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static void wait_notify()
{
	std::atomic<int> turn{ 0 };
	int count = 0;
	auto play = [&](int me) {
		for (int i = 0; i < 10; i++) {
			int t;

			while ((t = turn.load()) % 2 != me)
				turn.wait(t);
			count++;
			turn++;
			turn.notify_all();
		}
	};
	std::thread a(play, 0), b(play, 1);

	a.join();
	b.join();
	printf("%d turns\n", count);
}

static void semaphores()
{
	std::counting_semaphore<10> items(0), room(2);
	int sum = 0;
	std::thread t([&] {
		for (int i = 1; i <= 20; i++) {
			room.acquire();
			items.release();
		}
	});

	for (int i = 1; i <= 20; i++) {
		items.acquire();
		sum += i;
		room.release();
	}
	t.join();
	printf("%d, then %d %d\n", sum, items.try_acquire(),
	       items.try_acquire_for(2ms));
}

static void latches()
{
	std::latch start(1), done(6);
	std::atomic<int> n{ 0 }, phases{ 0 };
	auto completion = [&]() noexcept { phases++; };
	std::barrier b(6, completion);
	std::vector<std::jthread> th;

	for (int i = 0; i < 6; i++)
		th.emplace_back([&] {
			start.wait();
			for (int k = 0; k < 4; k++)
				b.arrive_and_wait();
			n++;
			done.count_down();
		});
	start.count_down();
	done.wait();
	printf("%d done, %d phases\n", n.load(), phases.load());
}

static void stop()
{
	std::mutex m;
	std::condition_variable_any c;
	bool stopped = false;
	std::jthread t([&](std::stop_token st) {
		std::unique_lock l(m);

		stopped = !c.wait(l, st, [] { return false; });
	});

	t_settle();
	t.request_stop();
	t.join();
	printf("stopped %d\n", stopped);
}

static void body()
{
	wait_notify();
	semaphores();
	latches();
	stop();
}

int main()
{
	t_both(body);
	return t_end();
}
