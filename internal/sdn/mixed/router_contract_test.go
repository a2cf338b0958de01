// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/networktest"
)

// tier0s are the tier-0 gateways that the contract's external networks are.
var tier0s = []string{"contract-outside", "contract-floating", "contract-targets", "contract-forwardings", "contract-gateways",
	"contract-here", "contract-there", "contract-routers-race", "contract-intent-out", "contract-overlap-out", "contract-behind-out"}

// TestRouterContract: routers on NSX pass the contract of routers, floating IPs and port forwardings, in each version.
func TestRouterContract(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.2.3", "4.1.2", "4.2.1", "9.0.0"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, nsxsim.Options{Version: version})
			s.enforcer = sdn.EnforceNSX
			for _, name := range tier0s {
				s.NSX.Put("/infra/tier-0s/"+name, map[string]any{"display_name": name, "ha_mode": "ACTIVE_STANDBY"})
				s.NSX.Put("/infra/tier-0s/"+name+"/locale-services/default", map[string]any{"edge_cluster_path": nsxsim.EdgeCluster})
			}
			networktest.Run(t, networktest.Place{Start: func(t *testing.T) sdn.Backend { return s.routing(t) }, Overlay: true,
				Without: []string{"network", "subnet", "port", "addresses", "use", "groups", "qos", "trunk"},
				Network: func(name string) openstack.Network {
					return openstack.Network{Name: name, Type: "geneve", AdminUp: true}
				},
				Outside: func(name string) openstack.Network {
					return openstack.Network{Name: name, AdminUp: true, External: true, PhysicalNetwork: name}
				}})
			for _, name := range tier0s {
				s.NSX.Remove("/infra/tier-0s/" + name + "/locale-services/default")
				s.NSX.Remove("/infra/tier-0s/" + name)
			}
			s.empty(t)
		})
	}
}
