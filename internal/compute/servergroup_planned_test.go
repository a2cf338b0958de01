// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestServerGroupsOfOneName: the second of two groups with one name is refused at plan, whatever its policy; a replacement with another
// policy is not.
func TestServerGroupsOfOneName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	group := func(name, policy string) map[string]any {
		return map[string]any{"name": name, "policies": []any{policy}}
	}
	p := vc.Provider(t, nil)
	made := p.Bring("novasphere_compute_servergroup", group("web", "affinity"), protocol.Object{})
	p = vc.Provider(t, nil)
	there, _ := p.Read(made)
	if plan := p.Plan("novasphere_compute_servergroup", group("web", "anti-affinity"), there); len(plan.Errors()) > 0 ||
		plan.Action != protocol.Replace {
		t.Errorf("its replacement is to %s it: %v", plan.Action, plan.Errors())
	}
	p = vc.Provider(t, nil)
	if errors := p.Plan("novasphere_compute_servergroup", group("db", "affinity"), protocol.Object{}).Errors(); len(errors) > 0 {
		t.Error(errors)
	}
	refused(t, p.Plan("novasphere_compute_servergroup", group("db", "anti-affinity"), protocol.Object{}).Errors(), "name",
		`another server group of this configuration is to be called "db" too`)
	refused(t, p.Plan("novasphere_compute_servergroup", group("web", "anti-affinity"), protocol.Object{}).Errors(), "name",
		`the server group "web" exists already: choose another name`)
}
