// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// TestLostRuleChange: the connection is cut at a change of the cluster. The change is looked for, and nothing is made twice.
func TestLostRuleChange(t *testing.T) {
	t.Parallel()
	for where, cut := range cuts {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			c := clientOver(t, vc, wire)
			if _, err := c.Flavors.Create(t.Context(), small); err != nil {
				t.Fatal(err)
			}
			g, err := c.ServerGroups.Create(t.Context(), openstack.ServerGroup{Name: "web", Policy: openstack.AntiAffinity})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				wanted := request(t, c, fmt.Sprintf("web-%d", i))
				wanted.Hints = openstack.Hints{Group: g.ID, Policy: g.Policy}
				if i == 1 {
					wire.Cut("ReconfigureComputeResource_Task", cut)
				}
				if _, err := c.Servers.Create(t.Context(), wanted); err != nil {
					t.Fatal(err)
				}
			}
			if rules, _ := ruleNames(t, vc); !slices.Equal(rules, []string{"novasphere-" + g.ID + " 2"}) {
				t.Errorf("rules %v", rules)
			}
		})
	}
}

// bound makes an instance that a rule of its own binds to a host.
func bound(t *testing.T, c *vcenter.Client) openstack.Server {
	t.Helper()
	wanted := request(t, c, "web")
	wanted.Zone = "nova:esx-2"
	server, err := c.Servers.Create(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// nothingLeft checks that neither the instance nor its rule and groups are left.
func nothingLeft(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	rules, groups := ruleNames(t, vc)
	if vms := vc.VMs("OpenStack/*"); len(rules)+len(groups)+len(vms) > 0 {
		t.Errorf("rules %v, groups %v and machines %v are left", rules, groups, names(vms))
	}
}

// TestLostRuleChangeOfDestroyed: the connection is cut at the change of the cluster for an instance's destruction.
func TestLostRuleChangeOfDestroyed(t *testing.T) {
	t.Parallel()
	for where, cut := range cuts {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			c := clientOver(t, vc, wire)
			server := bound(t, c)
			wire.Cut("ReconfigureComputeResource_Task", cut)
			if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID}, false); err != nil {
				t.Error(err)
			}
			nothingLeft(t, vc)
		})
	}
}

// TestOutageAtRuleChange: vCenter goes away before or after it has made a change of the cluster, and comes back once the process has
// given up. The next process leaves nothing behind.
func TestOutageAtRuleChange(t *testing.T) {
	t.Parallel()
	for where, cut := range cuts {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			c := in(t, vc, "")
			server := bound(t, c)
			var down, up atomic.Bool
			wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
				first := call.Name == "ReconfigureComputeResource_Task" && down.CompareAndSwap(false, true)
				if !down.Load() || up.Load() {
					return nil
				}
				if first && cut == acctest.CutAfter {
					ask()
				}
				out := httptest.NewRecorder()
				out.Code = http.StatusBadGateway
				return out
			})
			hasty := vcenter.New(vcenter.Config{Server: wire.Server, User: vc.User, Password: vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
				APITimeout: 500 * time.Millisecond})
			if err := hasty.Servers.Delete(t.Context(), machine.Key{ID: server.ID}, false); err == nil {
				t.Error("it does not say that the vCenter went away")
			}
			up.Store(true)
			t.Cleanup(func() { _ = hasty.Close(context.Background()) })
			if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID}, false); err != nil {
				t.Error(err)
			}
			nothingLeft(t, vc)
		})
	}
}

// TestNotDestroyed: an instance that vCenter refuses to destroy keeps its rule.
func TestNotDestroyed(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Between(t, func(call acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if call.Name == "Destroy_Task" {
			return acctest.Refusal("RestrictedVersion")
		}
		return nil
	})
	c := clientOver(t, vc, wire)
	server := bound(t, c)
	before, _ := ruleNames(t, vc)
	if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID}, false); err == nil || !strings.Contains(err.Error(), "license") {
		t.Errorf("the refusal is not said: %v", err)
	}
	if after, groups := ruleNames(t, vc); len(before) != 1 || !slices.Equal(before, after) || len(groups) != 2 {
		t.Errorf("rules %v became %v, with the groups %v", before, after, groups)
	}
}
