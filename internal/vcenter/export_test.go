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

// Gathering says whether a change of the records waits for others of its moment, or is being written with them.
func (k *Catalogue) Gathering() bool {
	return k.writes.Gathering()
}

// ClonesAreAwaitedFor shortens, for one test, how long the clone of a killed creation is waited for.
func ClonesAreAwaitedFor(t *testing.T, d time.Duration) {
	was := clonesPatience
	clonesPatience = d
	t.Cleanup(func() { clonesPatience = was })
}
