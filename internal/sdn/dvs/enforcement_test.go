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
)

// TestGroupMadeWhileRecordsAreRead: a group that is made while the records are being read for another port's groups is there for the
// next port.
func TestGroupMadeWhileRecordsAreRead(t *testing.T) {
	vc := acctest.Start(t, vcsim.Options{})
	start := func(server, ca string) sdn.Backend {
		c := vcenter.New(vcenter.Config{Server: server, User: vc.User, Password: vc.Password, CAFile: ca, Folder: "OpenStack", SecurityGroups: sdn.EnforceDVS})
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
		if body := string(c.Body); c.Name == "RetrievePropertiesEx" && strings.Contains(body, "config.changeVersion") && strings.Contains(body, "childEntity") {
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
