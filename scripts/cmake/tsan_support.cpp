// In every program of a build with the thread sanitizer, and in no other.
//
// librdkafka makes its threads and locks with C11's <threads.h>, which gcc 12's sanitizer does not
// follow: it crashes in such a thread, and would see races where a lock was held. The definitions
// below come before glibc's and call POSIX threads, which it follows and on which glibc's own rest.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <pthread.h>
#include <threads.h>

namespace {

struct Start {
  thrd_start_t run;
  void* argument;
};

void* run_start(void* raw) {
  const std::unique_ptr<Start> start{static_cast<Start*>(raw)};
  // The result travels as the pointer itself.
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(start->run(start->argument)));
}

int to_thrd(int code) {
  if (code == 0) return thrd_success;
  return code == ETIMEDOUT ? thrd_timedout : thrd_error;
}

pthread_mutex_t* posix(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}

pthread_cond_t* posix(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t run, void* argument) {
  auto start = std::make_unique<Start>(Start{run, argument});
  const int code = pthread_create(thread, nullptr, run_start, start.get());
  if (code == 0) static_cast<void>(start.release());
  return to_thrd(code);
}

int thrd_join(thrd_t thread, int* result) {
  void* returned = nullptr;
  const int code = pthread_join(thread, &returned);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  return to_thrd(code);
}

int mtx_init(mtx_t* mutex, int type) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  const bool recursive = (type & mtx_recursive) != 0;
  pthread_mutexattr_settype(&attributes,
                            recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  const int code = pthread_mutex_init(posix(mutex), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return to_thrd(code);
}

void mtx_destroy(mtx_t* mutex) {
  pthread_mutex_destroy(posix(mutex));
}

int mtx_lock(mtx_t* mutex) {
  return to_thrd(pthread_mutex_lock(posix(mutex)));
}

int mtx_unlock(mtx_t* mutex) {
  return to_thrd(pthread_mutex_unlock(posix(mutex)));
}

int cnd_init(cnd_t* condition) {
  return to_thrd(pthread_cond_init(posix(condition), nullptr));
}

void cnd_destroy(cnd_t* condition) {
  pthread_cond_destroy(posix(condition));
}

int cnd_signal(cnd_t* condition) {
  return to_thrd(pthread_cond_signal(posix(condition)));
}

int cnd_broadcast(cnd_t* condition) {
  return to_thrd(pthread_cond_broadcast(posix(condition)));
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return to_thrd(pthread_cond_wait(posix(condition), posix(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return to_thrd(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

void call_once(once_flag* once, void (*run)()) {
  pthread_once(reinterpret_cast<pthread_once_t*>(once), run);
}

// What is reported and is no race, each with the reason.
const char* __tsan_default_suppressions() {
  return
      // librdkafka destroys a topic's lock when its count of owners falls to zero, an atomic in
      // code that is not built with the sanitizer. Nothing of ours destroys such locks.
      "race_top:pthread_rwlock_destroy\n"
      // Asio orders the end of a shared executor by atomic_thread_fence, which the sanitizer does
      // not follow.
      "race:boost::asio::execution::detail::shared_target_executor::~shared_target_executor\n"
      // RocksDB's table in memory is written while it is read; its order is by atomics of code that
      // is not built with the sanitizer. What is written there is RocksDB's own copy.
      "race:rocksdb::MemTable::Add\n";
}
}
