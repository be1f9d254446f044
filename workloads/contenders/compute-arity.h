/* compute-arity.h - the task forms of a dialect whose tasks are plain functions, by number of arguments.
 *
 * The dialect defines DEFINE_TASK(R, name, parameters, arguments) and DEFINE_VOID_TASK(name, parameters, arguments),
 * both lists in parentheses, and ends in the head of the function.
 */
#ifndef COMPUTE_ARITY_H
#define COMPUTE_ARITY_H

/* What a task form defines beside the task; a workload needs only some of them. */
#define TASK_HELPER static inline __attribute__((unused))

/* The list without its parentheses, to put something in front of it. */
#define UNPACK(...) __VA_ARGS__

#define TASK1(R, name, T1, a1)                 DEFINE_TASK(R, name, (T1 a1), (a1))
#define TASK2(R, name, T1, a1, T2, a2)         DEFINE_TASK(R, name, (T1 a1, T2 a2), (a1, a2))
#define TASK3(R, name, T1, a1, T2, a2, T3, a3) DEFINE_TASK(R, name, (T1 a1, T2 a2, T3 a3), (a1, a2, a3))
#define TASK4(R, name, T1, a1, T2, a2, T3, a3, T4, a4) \
    DEFINE_TASK(R, name, (T1 a1, T2 a2, T3 a3, T4 a4), (a1, a2, a3, a4))
#define TASK5(R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5) \
    DEFINE_TASK(R, name, (T1 a1, T2 a2, T3 a3, T4 a4, T5 a5), (a1, a2, a3, a4, a5))
#define TASK6(R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5, T6, a6) \
    DEFINE_TASK(R, name, (T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6), (a1, a2, a3, a4, a5, a6))

/* A task that is declared first: a definition without its body is a declaration. APART: not to be inlined, which
 * matters to the engine alone. */
#define DECLARE_TASK4(R, name, T1, a1, T2, a2, T3, a3, T4, a4) TASK4(R, name, T1, a1, T2, a2, T3, a3, T4, a4)
#define DEFINE_TASK4(R, name, T1, a1, T2, a2, T3, a3, T4, a4)  static R name(T1 a1, T2 a2, T3 a3, T4 a4)
#define APART_TASK5(R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5) \
    TASK5(R, name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5)

#define VOID_TASK1(name, T1, a1)                 DEFINE_VOID_TASK(name, (T1 a1), (a1))
#define VOID_TASK2(name, T1, a1, T2, a2)         DEFINE_VOID_TASK(name, (T1 a1, T2 a2), (a1, a2))
#define VOID_TASK3(name, T1, a1, T2, a2, T3, a3) DEFINE_VOID_TASK(name, (T1 a1, T2 a2, T3 a3), (a1, a2, a3))
#define VOID_TASK4(name, T1, a1, T2, a2, T3, a3, T4, a4) \
    DEFINE_VOID_TASK(name, (T1 a1, T2 a2, T3 a3, T4 a4), (a1, a2, a3, a4))
#define VOID_TASK5(name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5) \
    DEFINE_VOID_TASK(name, (T1 a1, T2 a2, T3 a3, T4 a4, T5 a5), (a1, a2, a3, a4, a5))
#define VOID_TASK6(name, T1, a1, T2, a2, T3, a3, T4, a4, T5, a5, T6, a6) \
    DEFINE_VOID_TASK(name, (T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6), (a1, a2, a3, a4, a5, a6))

#endif
