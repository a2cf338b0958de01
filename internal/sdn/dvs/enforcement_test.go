// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// TestGroupMadeWhileRecordsAreRead: a group that is made while the records are being read for another port's groups is known for the next
// port.
func TestGroupMadeWhileRecordsAreRead(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	start := func(server, ca string) sdn.Backend {
		c := vcenter.New(vcenter.Config{Server: server, User: vc.User, Password: vc.Password, CAFile: ca, Folder: "OpenStack",
			SecurityGroups: sdn.EnforceDVS})
		t.Cleanup(func() { _ = c.Close(t.Context()) })
		return dvs.New(c)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	before := start(vc.Server(), vc.CAFile)
	n, err := before.CreateNetwork(t.Context(), openstack.Network{Name: "lab", VLAN: 100, AdminUp: true})
	must(err)
	one, err := before.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "one"})
	must(err)
	var backend sdn.Backend
	var two openstack.SecurityGroup
	var once sync.Once
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if body := string(c.Body); c.Name == "RetrievePropertiesEx" && strings.Contains(body, "config.changeVersion") &&
			strings.Contains(body, "childEntity") {
			once.Do(func() {
				two, err = backend.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "two"})
			})
		}
		return nil
	})
	backend = start(wire.Server, wire.CAFile)
	must(backend.CheckPort(t.Context(), openstack.Port{NetworkID: n.ID, Groups: []string{one.ID}}))
	must(err)
	if two.ID == "" {
		t.Fatal("the records of the networks were not listed")
	}
	must(backend.CheckPort(t.Context(), openstack.Port{NetworkID: n.ID, Groups: []string{two.ID}}))
}

// TestGroupsOfAnInstanceThatGoes: a port whose instance is gone can get other groups, even before its record shows that.
func TestGroupsOfAnInstanceThatGoes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		SecurityGroups: sdn.EnforceDVS})
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
	g, err := backend.CreateGroup(t.Context(), openstack.SecurityGroup{Name: "web"})
	must(err)
	p, err := backend.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID, Groups: []string{g.ID}}})
	must(err)
	elsewhere := p
	elsewhere.DeviceID = "50230a3c-0000-4000-8000-000000000000" // as in the record of a port that was moved
	if is, want, err := backend.EffectiveRules(t.Context(), elsewhere); err != nil || len(is)+len(want) > 0 {
		t.Errorf("the port is plugged in by somebody else, and has the rules %q and %q: %v", is, want, err)
	}
	must(c.Records.OfNetwork(n.ID).Update(t.Context(), func(all records.Set) error {
		p.DeviceID, p.SwitchPort = "50230a3c-0000-4000-8000-000000000000", "7"
		return all.Put("port", p.ID, p)
	}))
	_, err = backend.UpdatePort(t.Context(), n.ID, p.ID, func(w *sdn.PortRequest) error { w.Groups = nil; return nil })
	must(err)
}
