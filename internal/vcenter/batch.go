package vcenter

import (
	"context"
	"sync"
	"time"
)

// window is how long a question waits for company: short beside a call to a vCenter, long enough that Terraform's ten
// operations at a time mostly travel together, on a busy machine too.
const window = 20 * time.Millisecond

// batch gathers what is asked within a window, and while the last answer is still on its way, and does it in one go: a slow
// server is asked less often, not later. Its zero value needs do.
type batch[Q, A any] struct {
	do      func(ctx context.Context, questions []Q) []outcome[A] // one outcome per question, in their order
	changes bool                                                  // what is asked changes something: whoever asks waits for it, whatever comes

	mu      sync.Mutex
	waiting []asked[Q, A]
	busy    bool // a flush is under way, and looks for more when it is done
	took    time.Duration
}

// longestWindow is how long company is waited for at most, however slow the server is.
const longestWindow = 200 * time.Millisecond

// pause is the window, or as long as the last answer took: who asks a slow server waits for more company.
func (b *batch[Q, A]) pause() time.Duration { return min(longestWindow, max(window, b.took)) }

type asked[Q, A any] struct {
	question Q
	answer   chan outcome[A]
}

type outcome[A any] struct {
	value A
	err   error
}

// ask waits for the answer to q. Where the context ends first, the question is still carried out; so an interrupt does not end the waiting
// for a change, and only the operation's deadline does.
func (b *batch[Q, A]) ask(ctx context.Context, q Q) (A, error) {
	if b.changes {
		if err := begin(ctx); err != nil {
			var none A
			return none, err
		}
		end, stop := uninterrupted(ctx)
		defer stop()
		ctx = end
	}
	answer := make(chan outcome[A], 1)
	b.mu.Lock()
	b.waiting = append(b.waiting, asked[Q, A]{q, answer})
	if !b.busy {
		b.busy = true
		time.AfterFunc(b.pause(), func() { b.flush(context.WithoutCancel(ctx)) })
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
	for waiting := b.take(); len(waiting) > 0; waiting = b.take() {
		questions := make([]Q, len(waiting))
		for i, w := range waiting {
			questions[i] = w.question
		}
		start := time.Now()
		for i, o := range b.do(ctx, questions) {
			waiting[i].answer <- o
		}
		time.Sleep(b.heard(time.Since(start))) // those who were just answered ask together again
	}
}

// heard notes how long an answer took and gives the next pause.
func (b *batch[Q, A]) heard(took time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.took = took
	return b.pause()
}

func (b *batch[Q, A]) take() []asked[Q, A] {
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting := b.waiting
	b.waiting, b.busy = nil, len(waiting) > 0
	return waiting
}

// Gather gives a function that waits a moment for others who ask the same, and hands what all of them ask to change in one go: one
// error per question, in their order.
func Gather[Q any](do func(ctx context.Context, questions []Q) []error) func(ctx context.Context, question Q) error {
	b := &batch[Q, struct{}]{changes: true, do: func(ctx context.Context, questions []Q) []outcome[struct{}] {
		out := make([]outcome[struct{}], len(questions))
		for i, err := range do(ctx, questions) {
			out[i].err = err
		}
		return out
	}}
	return func(ctx context.Context, question Q) error {
		_, err := b.ask(ctx, question)
		return err
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
