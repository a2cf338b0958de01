package faults

import (
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// Noun is what is made, changed and destroyed while calls are broken. Base is there before and stays; the other two are the noun and the
// noun changed, or nothing where it has no change in place.
type Noun struct {
	Name                 string
	Settings             string // arguments of the provider
	Base, Create, Update string
	Options              vcsim.Options
	Prepare              func(t testing.TB, vc *acctest.VCenter) // what somebody else has done before; nil for nothing

	once  sync.Once
	clean map[Verb]outcome
}

// Verb is what is broken.
type Verb string

// The verbs of a resource's life.
const (
	Create  Verb = "create"
	Update  Verb = "update"
	Destroy Verb = "destroy"
)

// Verbs are those of a noun.
func (n *Noun) Verbs() []Verb {
	if n.Update == "" {
		return []Verb{Create, Destroy}
	}
	return []Verb{Create, Update, Destroy}
}

// outcome is what a verb leaves where nothing is broken.
type outcome struct {
	calls     []string
	inventory Inventory
	addresses []string
	after     *outcome // once the noun is destroyed again; nil where that is the verb
}

// aim is what a verb brings about.
func (n *Noun) aim(v Verb) string { return map[Verb]string{Create: n.Create, Update: n.Update}[v] }
