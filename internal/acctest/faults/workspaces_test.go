// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// oneIn is the number of calls for each broken one while two workspaces apply.
const oneIn = 40

// TestTwoWorkspaces runs two workspaces that make, change and destroy thirty resources each at the same time, on one vCenter, while
// random calls are broken in random ways.
func TestTwoWorkspaces(t *testing.T) {
	t.Parallel()
	rounds := map[string]int{"short": 2, "long": 20}[form(t)]
	seed := seed(t)
	both := func() (out []*faults.Noun) {
		for i, name := range []string{"left", "right"} {
			out = append(out, &faults.Noun{Name: name, Settings: mixture().Settings, Create: mixed(name, i+1, false),
				Update: mixed(name, i+1, true)})
		}
		return out
	}
	verbs := []faults.Verb{faults.Create, faults.Update, faults.Destroy}
	clean := map[faults.Verb]faults.Inventory{}
	for verb, verdict := range faults.Beside(t, both(), verbs, func(*acctest.VCenter) vcsim.Tampering { return nil }, clean) {
		if !verdict.Good() {
			t.Fatalf("%s without a fault: %s", verb, verdict)
		}
	}
	var table faults.Table
	t.Cleanup(func() { t.Logf("FAULTS_SEED=%d\n%s", seed, table.Markdown()) })
	for i := range rounds {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			for verb, verdict := range faults.Beside(t, both(), verbs, func(vc *acctest.VCenter) vcsim.Tampering { return now(random, vc) }, clean) {
				table.Add("two workspaces", verb, verdict)
				if !verdict.Good() {
					t.Errorf("FAULTS_SEED=%d, %s: %s", seed, verb, verdict)
				}
			}
		})
	}
}

// now breaks a call now and then.
func now(random *rand.Rand, vc *acctest.VCenter) vcsim.Tampering {
	var mu sync.Mutex
	return func(_ string, next http.Handler, w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		breaks, how := random.IntN(oneIn) == 0, faults.Kinds[random.IntN(len(faults.Kinds))]
		mu.Unlock()
		if breaks {
			how.Break(vc, next, w, r)
			return
		}
		next.ServeHTTP(w, r)
	}
}
