// SPDX-License-Identifier: MPL-2.0

package wire

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestBatchKeepsCompany: concurrent questions are asked together, and each gets its own answer.
func TestBatchKeepsCompany(t *testing.T) {
	t.Parallel()
	var rounds atomic.Int64
	b := Batch[int, int]{Do: func(_ context.Context, questions []int) []Outcome[int] {
		rounds.Add(1)
		out := make([]Outcome[int], len(questions))
		for i, q := range questions {
			if out[i].Value = 2 * q; q == 7 {
				out[i].Err = errors.New("seven")
			}
		}
		return out
	}}
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			answer, err := b.Ask(t.Context(), i)
			if (i == 7) != (err != nil) || answer != 2*i {
				t.Errorf("%d: %d, %v", i, answer, err)
			}
		})
	}
	all.Wait()
	if rounds.Load() > 3 {
		t.Errorf("%d rounds", rounds.Load())
	}
}

// TestBatchTellsOfAChange: the outcome of a change is told although the time for it is up before it comes, and that of a question is not
// waited for.
func TestBatchTellsOfAChange(t *testing.T) {
	t.Parallel()
	for _, changes := range []bool{true, false} {
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		over := make(chan struct{})
		b := Batch[int, int]{Changes: changes, Do: func(context.Context, []int) []Outcome[int] {
			<-ctx.Done()
			select { // who does not wait has gone by then
			case <-over:
			case <-time.After(300 * time.Millisecond):
			}
			return []Outcome[int]{{Value: 7}}
		}}
		answer, err := b.Ask(ctx, 1)
		close(over)
		stop()
		if changes && (err != nil || answer != 7) || !changes && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a change: %t, and the answer is %d, %v", changes, answer, err)
		}
	}
}
