package wire

import (
	"context"
	"sync"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// window is how long a question waits for company: short beside a call to a vCenter, long enough that Terraform's ten
// operations at a time mostly travel together, on a busy machine too.
const window = 20 * time.Millisecond

// Batch gathers what is asked within a window, and while the last answer is still on its way, and does it in one go: a slow
// server is asked less often, not later. Its zero value needs do.
type Batch[Q, A any] struct {
	Do      func(ctx context.Context, questions []Q) []Outcome[A] // one outcome per question, in their order
	Changes bool                                                  // what is asked changes something: whoever asks waits for it, whatever comes

	mu      sync.Mutex
	waiting []asked[Q, A]
	busy    bool // a flush is under way, and looks for more when it is done
	took    time.Duration
}

// longestWindow is how long company is waited for at most, however slow the server is.
const longestWindow = 200 * time.Millisecond

// pause is the window, or as long as the last answer took: questions to a slow server wait for more company.
func (b *Batch[Q, A]) pause() time.Duration { return min(longestWindow, max(window, b.took)) }

// Gathering reports whether questions wait for others of their moment, or are on their way.
func (b *Batch[Q, A]) Gathering() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.busy
}

type asked[Q, A any] struct {
	question Q
	answer   chan Outcome[A]
}

// Outcome is the answer to one question of a batch, or why there is none.
type Outcome[A any] struct {
	Value A
	Err   error
}

// Ask waits for the answer to q. Where the context ends first, the question is still carried out; so an interrupt does not end the waiting
// for a change, and only the operation's deadline does.
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
		var none A
		return none, ctx.Err()
	}
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
		time.Sleep(b.recordLatency(time.Since(start))) // those who were just answered ask together again
	}
}

// recordLatency notes how long an answer took and gives the next pause.
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

// Gather gives a function whose callers wait a moment for each other, and hands all of their questions to do at once. do changes
// something, and returns one error per question, in their order.
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

// AllFailed is the same error for every question.
func AllFailed[A any](n int, err error) []Outcome[A] {
	out := make([]Outcome[A], n)
	for i := range out {
		out[i].Err = err
	}
	return out
}
