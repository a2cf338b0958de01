// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// TestFindPortAsksOnce: finding any number of ports on several networks costs at most one call that lists all records.
func TestFindPortAsksOnce(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	start := func() *dvs.Backend {
		c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack"})
		t.Cleanup(func() { _ = c.Close(t.Context()) })
		return dvs.New(c)
	}
	var ids []string
	maker := start()
	for i := range 3 {
		n, err := maker.CreateNetwork(t.Context(), openstack.Network{Name: fmt.Sprint("find-", i)})
		if err != nil {
			t.Fatal(err)
		}
		p, err := maker.CreatePort(t.Context(), sdn.PortRequest{Port: openstack.Port{NetworkID: n.ID}, NoFixedIP: true})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.ID)
	}
	cost := func(act func()) (n int) {
		before := vc.Calls()
		act()
		for call, count := range vc.Calls() {
			n += count - before[call]
		}
		return n
	}
	list := cost(func() {
		if all, err := start().Ports(t.Context(), ""); err != nil || len(all) != len(ids) {
			t.Errorf("%d ports are listed: %v", len(all), err)
		}
	})
	finder := start()
	find := cost(func() {
		for _, id := range ids {
			if p, err := finder.FindPort(t.Context(), id); err != nil || p.ID != id {
				t.Errorf("the port %s is found as %q: %v", id, p.ID, err)
			}
		}
		if _, err := finder.FindPort(t.Context(), "none"); !errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("a port that is not there: %v", err)
		}
	})
	t.Logf("a list of all ports costs %d calls, finding each of %d costs %d together", list, len(ids), find)
	if find > list {
		t.Errorf("finding %d ports costs %d calls, and a list of all of them %d", len(ids), find, list)
	}
}
