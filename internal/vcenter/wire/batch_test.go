package wire

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
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
