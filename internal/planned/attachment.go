package planned

import "sync"

// Attachments are the volumes that instances are planned to get.
type Attachments struct {
	mu      sync.Mutex
	volumes map[string]map[string]int // by the instances' ids: when each volume was planned, from 1 on
}

func newAttachments() *Attachments { return &Attachments{volumes: map[string]map[string]int{}} }

// Expect notes that an instance is to get a volume, and returns how many it is planned to get up to this one. A plan that is made once more
// counts once.
func (a *Attachments) Expect(instance, volume string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := a.volumes[instance]
	if of == nil {
		of = map[string]int{}
		a.volumes[instance] = of
	}
	if of[volume] == 0 {
		of[volume] = len(of) + 1
	}
	return of[volume]
}
