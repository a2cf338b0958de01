// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// window is how long a question waits for others to be sent with it: short beside a call to vCenter, long enough that most of
// Terraform's ten concurrent operations share a call, on a busy machine too.
const window = 20 * time.Millisecond

// Batch gathers the questions of a window, or those asked while the last answer is under way, and hands them to Do at once. A slow
// server is asked less often, not later. The zero value needs Do.
type Batch[Q, A any] struct {
	Do      func(ctx context.Context, questions []Q) []Outcome[A] // returns one outcome per question, in their order
	Changes bool                                                  // the questions change something: an interrupt does not end Ask

	mu      sync.Mutex
	waiting []asked[Q, A]
	busy    bool // a flush is under way, and looks for more questions when done
	took    time.Duration
}

// longestWindow is how long a question waits for others at most, however slow the server is.
const longestWindow = 200 * time.Millisecond

// pause returns how long the next questions are gathered: a window, or as long as the last answer took.
func (b *Batch[Q, A]) pause() time.Duration { return min(longestWindow, max(window, b.took)) }

// Gathering reports whether questions are being gathered or answered.
func (b *Batch[Q, A]) Gathering() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.busy
}

type asked[Q, A any] struct {
	question Q
	answer   chan Outcome[A]
}

// Outcome is the answer to one question of a batch, or the reason that there is none.
type Outcome[A any] struct {
	Value A
	Err   error
}

// Ask waits for the answer to q. Where the context ends first, the question is carried out all the same. For a change, an interrupt
// therefore does not end the wait, and after the operation's deadline it goes on for LastPatience: a caller that does not know whether a
// record is written or dropped could not undo what must not stand without it.
func (b *Batch[Q, A]) Ask(ctx context.Context, q Q) (A, error) {
	if b.Changes {
		if err := openstack.Begin(ctx); err != nil {
			var none A
			return none, err
		}
		end, stop := openstack.Uninterrupted(ctx)
		defer stop()
		ctx = end
	}
	answer := make(chan Outcome[A], 1)
	b.mu.Lock()
	b.waiting = append(b.waiting, asked[Q, A]{q, answer})
	if !b.busy {
		b.busy = true
		time.AfterFunc(b.pause(), func() { b.flush(context.WithoutCancel(ctx)) })
	}
	b.mu.Unlock()
	select {
	case o := <-answer:
		return o.Value, o.Err
	case <-ctx.Done():
	}
	if b.Changes {
		last := time.NewTimer(LastPatience)
		defer last.Stop()
		select {
		case o := <-answer:
			return o.Value, o.Err
		case <-last.C:
		}
	}
	var none A
	return none, ctx.Err()
}

func (b *Batch[Q, A]) flush(ctx context.Context) {
	for waiting := b.take(); len(waiting) > 0; waiting = b.take() {
		questions := make([]Q, len(waiting))
		for i, w := range waiting {
			questions[i] = w.question
		}
		start := time.Now()
		for i, o := range b.Do(ctx, questions) {
			waiting[i].answer <- o
		}
		time.Sleep(b.recordLatency(time.Since(start))) // callers just answered mostly ask again together
	}
}

// recordLatency notes how long an answer took and returns the next pause.
func (b *Batch[Q, A]) recordLatency(took time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.took = took
	return b.pause()
}

func (b *Batch[Q, A]) take() []asked[Q, A] {
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting := b.waiting
	b.waiting, b.busy = nil, len(waiting) > 0
	return waiting
}

// Gather returns a function whose concurrent callers are gathered in a Batch. do changes something, and returns one error per question,
// in their order.
func Gather[Q any](do func(ctx context.Context, questions []Q) []error) func(ctx context.Context, question Q) error {
	b := &Batch[Q, struct{}]{Changes: true, Do: func(ctx context.Context, questions []Q) []Outcome[struct{}] {
		out := make([]Outcome[struct{}], len(questions))
		for i, err := range do(ctx, questions) {
			out[i].Err = err
		}
		return out
	}}
	return func(ctx context.Context, question Q) error {
		_, err := b.Ask(ctx, question)
		return err
	}
}

// AllFailed returns the same error as the outcome of n questions.
func AllFailed[A any](n int, err error) []Outcome[A] {
	out := make([]Outcome[A], n)
	for i := range out {
		out[i].Err = err
	}
	return out
}
