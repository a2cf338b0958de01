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

// ClonesAreAwaitedFor shortens, for one test, how long the clone of a killed creation is waited for.
func ClonesAreAwaitedFor(t *testing.T, d time.Duration) {
	was := clonesPatience
	clonesPatience = d
	t.Cleanup(func() { clonesPatience = was })
}
