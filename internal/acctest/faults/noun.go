// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Others makes on NSX, once the base is there, what is somebody else's. What it returns is asked in the end, and returns an error where
// that is not as it was.
type Others func(t testing.TB, nsx *acctest.NSX) (untouched func() error)

// Noun is a configuration that is made, changed and destroyed while calls are broken. Base exists before and stays; Create is the noun,
// and Update the changed noun, or empty where it has no change in place.
type Noun struct {
	Name                 string
	Settings             string // arguments of the provider
	Base, Create, Update string
	Options              vcsim.Options
	Prepare              func(t testing.TB, vc *acctest.VCenter) // runs first, outside of Terraform; nil for nothing
	Strays               bool                                    // kills may leave volumes, snapshots and records of images
	NSX                  Others                                  // there is an NSX beside the vCenter; nil: there is none

	once  sync.Once
	clean map[Verb]outcome
}

// Verb is the operation whose calls are broken.
type Verb string

// The verbs of a resource's life.
const (
	Create  Verb = "create"
	Update  Verb = "update"
	Destroy Verb = "destroy"
)

// Verbs returns the verbs of a noun.
func (n *Noun) Verbs() []Verb {
	if n.Update == "" {
		return []Verb{Create, Destroy}
	}
	return []Verb{Create, Update, Destroy}
}

// outcome is what a verb leaves without a fault.
type outcome struct {
	calls     []string
	inventory Inventory
	addresses []string
	after     *outcome // after the noun is destroyed again; nil where that is the verb
}

// aim returns the configuration that a verb applies.
func (n *Noun) aim(v Verb) string { return map[Verb]string{Create: n.Create, Update: n.Update}[v] }
