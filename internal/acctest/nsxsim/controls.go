// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"encoding/json"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// What a test sees and changes of a manager that runs, apart from its API.

// Fault is what becomes of an object in place of its realization.
type Fault = policy.Fault

// Object is what NSX holds at a path, as a user would be answered.
func (m *Manager) Object(path string) (body map[string]any, ok bool) {
	m.tree.Do(func(o *policy.Objects) {
		if x := o.Get(path); x != nil {
			body, ok = o.Answer(x, policy.Caller{}), true
		}
	})
	return body, ok
}

// Paths are those of all objects of a type, as SegmentPort, sorted.
func (m *Manager) Paths(kind string) []string {
	var paths []string
	m.tree.Do(func(o *policy.Objects) {
		for _, x := range o.Each(kind) {
			paths = append(paths, x.Path)
		}
	})
	return paths
}

// Left are the paths of all objects that were not there at the start, sorted.
func (m *Manager) Left() []string {
	var paths []string
	m.tree.Do(func(o *policy.Objects) {
		for _, x := range o.Each("") {
			if !x.System {
				paths = append(paths, x.Path)
			}
		}
	})
	return paths
}

// Put makes or changes an object without any check, as an operator by other means would. It panics where no object can be.
func (m *Manager) Put(path string, body map[string]any) {
	var decoded map[string]any
	text, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	if err != nil {
		panic(err)
	}
	m.tree.Do(func(o *policy.Objects) { o.Put(path, decoded) })
}

// Own gives an object to a principal: nobody else may change it then without X-Allow-Overwrite.
func (m *Manager) Own(path, principal string) {
	m.tree.Do(func(o *policy.Objects) {
		if x := o.Get(path); x != nil {
			x.Owner = principal
		}
	})
}

// Remove takes an object away without any check, as an operator by other means would.
func (m *Manager) Remove(path string) {
	m.tree.Do(func(o *policy.Objects) {
		if x := o.Get(path); x != nil {
			o.Remove(x)
		}
	})
}

// FailRealization has what is there at a path not be realized but end in a fault; nil has it realized after all.
func (m *Manager) FailRealization(path string, fault *Fault) {
	m.tree.Do(func(o *policy.Objects) {
		if x := o.Get(path); x != nil {
			o.Fail(x, fault)
			if x.Noun.Written != nil {
				x.Noun.Written(o, x)
			}
		}
	})
}

// Advance lets time pass: whatever takes its time is that much further.
func (m *Manager) Advance(d time.Duration) {
	m.tree.Advance(d)
	m.agenda.settle()
}
