// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/networktest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// TestContract: the distributed switch passes the contract of all backends, whoever enforces security groups.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, enforcer := range []string{sdn.EnforceDVS, sdn.EnforcePhysical} {
		t.Run(enforcer, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			networktest.Run(t, networktest.Place{Recorded: true, Start: func(t *testing.T) sdn.Backend {
				c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
					SecurityGroups: enforcer, Routers: vcenter.RoutersPhysical})
				t.Cleanup(func() { _ = c.Close(t.Context()) })
				return dvs.New(c)
			}, Network: func(name string) openstack.Network { return openstack.Network{Name: name, VLAN: 100, AdminUp: true} }})
			if left := vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
				t.Errorf("%d records VMs are left", len(left))
			}
		})
	}
}
