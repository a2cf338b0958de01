package sdn

import "sync"

// Expected remembers what this process has planned, so that what is planned after it knows: the groups that an instance may name, and the
// subnets that are to go for others.
type Expected struct{ groups, gone sync.Map }

// ExpectGroup notes a group that will be there: by its name, and by its id where it has one.
func (e *Expected) ExpectGroup(id, name string) {
	for _, known := range []string{id, name} {
		if known != "" {
			e.groups.Store(known, true)
		}
	}
}

// ExpectsGroup says whether it was noted, by either.
func (e *Expected) ExpectsGroup(text string) bool {
	_, is := e.groups.Load(text)
	return is
}

// ExpectGone notes an object that is replaced: Terraform plans its successor a second time, and then does not tell of it.
func (e *Expected) ExpectGone(id string) { e.gone.Store(id, true) }

// ExpectsGone says whether it was noted.
func (e *Expected) ExpectsGone(id string) bool {
	_, is := e.gone.Load(id)
	return is
}
