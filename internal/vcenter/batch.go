package vcenter

import (
	"context"
	"sync"
	"time"
)

// window is how long a question waits for company. Measured on 100 instances, ten at a time: 1 ms gives 0.5 calls per
// instance in a plan, 5 ms 0.3, 20 ms 0.1; more is felt.
const window = 5 * time.Millisecond

// batch gathers what is asked within a window and does it in one go. Its zero value needs do.
type batch[Q, A any] struct {
	do func(ctx context.Context, questions []Q) []outcome[A] // one outcome per question, in their order

	mu      sync.Mutex
	waiting []asked[Q, A]
}

type asked[Q, A any] struct {
	question Q
	answer   chan outcome[A]
}

type outcome[A any] struct {
	value A
	err   error
}

// ask waits for the answer to q. Where the context ends first, the question is still carried out.
func (b *batch[Q, A]) ask(ctx context.Context, q Q) (A, error) {
	answer := make(chan outcome[A], 1)
	b.mu.Lock()
	b.waiting = append(b.waiting, asked[Q, A]{q, answer})
	if len(b.waiting) == 1 {
		time.AfterFunc(window, func() { b.flush(context.WithoutCancel(ctx)) })
	}
	b.mu.Unlock()
	select {
	case o := <-answer:
		return o.value, o.err
	case <-ctx.Done():
		var none A
		return none, ctx.Err()
	}
}

func (b *batch[Q, A]) flush(ctx context.Context) {
	b.mu.Lock()
	waiting := b.waiting
	b.waiting = nil
	b.mu.Unlock()
	questions := make([]Q, len(waiting))
	for i, w := range waiting {
		questions[i] = w.question
	}
	for i, o := range b.do(ctx, questions) {
		waiting[i].answer <- o
	}
}

// allFailed is the same error for every question.
func allFailed[A any](n int, err error) []outcome[A] {
	out := make([]outcome[A], n)
	for i := range out {
		out[i].err = err
	}
	return out
}
