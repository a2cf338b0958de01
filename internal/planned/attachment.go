// SPDX-License-Identifier: MPL-2.0

package planned

import (
	"slices"
	"sync"
)

// Attachments are the volumes that instances are planned to get.
type Attachments struct {
	mu      sync.Mutex
	volumes map[string][]string // by the instances' ids, in the order of their plans
}

func newAttachments() *Attachments { return &Attachments{volumes: map[string][]string{}} }

// Expect notes that an instance is to get a volume, and returns those that were planned for it before. A plan that is made once more stays
// where it was.
func (a *Attachments) Expect(instance, volume string) (before []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.volumes[instance]
	at := slices.Index(of, volume)
	if at < 0 {
		at, a.volumes[instance] = len(of), append(of, volume)
	}
	return slices.Clone(of[:at])
}
