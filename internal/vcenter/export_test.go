package vcenter

import (
	"testing"
	"time"
)

// AbandonAfter shortens, for one test, how old a copy must be to be taken for abandoned.
func AbandonAfter(t *testing.T, d time.Duration) {
	was := abandonedAfter
	abandonedAfter = d
	t.Cleanup(func() { abandonedAfter = was })
}
