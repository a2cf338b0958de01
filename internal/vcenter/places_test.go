// SPDX-License-Identifier: MPL-2.0

package vcenter

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// TestPlaces: the only place is chosen, several are an error that asks for a choice, and an unknown name one that offers the nearest.
func TestPlaces(t *testing.T) {
	t.Parallel()
	one, several := embedded(t, vcsim.Options{}), embedded(t, vcsim.Options{Datacenters: 2, Clusters: 2})
	for name, test := range map[string]struct {
		vc     *vcsim.VCenter
		change func(*Config)
		wrong  []string // texts of the error; none: no error
	}{
		"the only ones":       {one, func(*Config) {}, nil},
		"several datacenters": {several, func(*Config) {}, []string{"datacenter:", `"dc1", "dc2"`, "choose one"}},
		"unknown datacenter":  {several, func(c *Config) { c.Datacenter = "dc3" }, []string{"datacenter:", `no datacenter "dc3"`, `"dc1"`}},
		"several clusters":    {several, func(c *Config) { c.Datacenter = "dc2" }, []string{"cluster:", `"compute"`, `"compute-2"`}},
		"named":               {several, func(c *Config) { c.Datacenter, c.Cluster = "dc2", "compute-2" }, nil},
		"unknown cluster":     {one, func(c *Config) { c.Cluster = "compte" }, []string{"cluster:", `no cluster "compte"`, `"compute"`}},
		"unknown pool":        {one, func(c *Config) { c.ResourcePool = "gold" }, []string{"resource_pool:", `no resource pool "gold"`}},
		"named datastore":     {one, func(c *Config) { c.Datastore = "vmfs-2" }, nil},
		"unknown datastore":   {one, func(c *Config) { c.Datastore = "vmfs-9" }, []string{"datastore:", `"vmfs-1"`}},
		"no datastore":        {one, func(c *Config) { c.DatastoreRegex = "nfs" }, []string{"datastore_regex:", "vmfs-1 does not match"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := configFor(test.vc)
			test.change(&cfg)
			err := clientOf(t, cfg).Inventory.CheckPlacement(t.Context(), "")
			if (err == nil) != (test.wrong == nil) {
				t.Fatalf("the error is %v", err)
			}
			for _, part := range test.wrong {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %s", part, err)
				}
			}
		})
	}
}

// TestProjectFolderMadeOnce: thirty concurrent callers, in one process or two, make one project folder.
func TestProjectFolderMadeOnce(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 30} {
		for processes := 1; processes <= 2; processes++ {
			t.Run(fmt.Sprintf("%d callers, %d processes", n, processes), func(t *testing.T) {
				t.Parallel()
				vc := embedded(t, vcsim.Options{})
				cfg := configFor(vc)
				cfg.Project = "50%/team a"
				clients := []*Client{clientOf(t, cfg), clientOf(t, cfg)}
				found := make([]ref, n)
				err := together(n, func(i int) (err error) {
					found[i], err = clients[i%processes].Inventory.Places.InstancesFolder(t.Context())
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range found {
					if r != found[0] || r.Type != "Folder" {
						t.Fatalf("the callers got %v", found)
					}
				}
				dc, err := clients[0].Inventory.Places.Datacenter(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				folders, err := wire.List[mo.Folder](t.Context(), clients[0].wire, property.Below(dc.VmFolder), map[string][]string{"Folder": {"name"}})
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, f := range folders {
					names = append(names, f.Name)
				}
				if slices.Sort(names); !slices.Equal(names, []string{"50%", "OpenStack", "images", "team a", "vm"}) {
					t.Errorf("the folders are %v", names)
				}
				if calls := vc.Calls()["CreateFolder"]; calls > 3*processes {
					t.Errorf("%d x CreateFolder", calls)
				}
			})
		}
	}
}
