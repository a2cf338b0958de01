// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// TestLargeDefaultGroup: the members of a large group are named in a port's rules by their group, so that the rules of all ports do not
// grow with the square of their number.
func TestLargeDefaultGroup(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		Project: "one", SecurityGroups: sdn.EnforcePhysical})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	backend := dvs.New(c)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	n, err := backend.CreateNetwork(t.Context(), openstack.Network{Name: "lab", VLAN: 100, AdminUp: true})
	must(err)
	s, err := sdn.Complete(openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24"}, false)
	must(err)
	_, err = backend.CreateSubnet(t.Context(), s)
	must(err)
	var last openstack.Port
	for i := range 34 {
		last, err = backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, Groups: backend.DefaultGroups(n)}})
		must(err)
		is, want, err := backend.EffectiveRules(t.Context(), last)
		must(err)
		group := "accept any from the members of the group default (" + backend.DefaultGroups(n)[0] + ") to " + last.FixedIPs[0].Address
		if listed := strings.Count(strings.Join(want, "\n"), "accept any from 10."); !slices.Equal(is, want) ||
			slices.Contains(want, group) != (i >= 32) || listed != map[bool]int{false: i + 1, true: 1}[i >= 32] {
			t.Fatalf("with %d members the rules are %q", i+1, want)
		}
	}
}
