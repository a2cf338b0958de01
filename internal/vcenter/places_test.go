package vcenter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestOlderVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		have, want string
		older      bool
	}{
		{"6.7.3", "7.0", true}, {"7.0", "7.0", false}, {"7.0.0.0", "7.0", false}, {"8.0.3.0", "7.0", false}, {"8", "8.0.1", true},
		{"10.0", "9.1", false}, {"", "7.0", true}, {"7.0", "7.0.0.1", true},
		{"none", "7.0", true}, {"8.0", "none", false}, {"7.0.0.2", "7.0.0.10", true},
	} {
		if got := olderVersion(test.have, test.want); got != test.older {
			t.Errorf("%q older than %q: %t", test.have, test.want, got)
		}
	}
}

func TestEscapedNames(t *testing.T) {
	t.Parallel()
	for plain, kept := range map[string]string{"web": "web", "a/b": "a%2fb", `a\b`: "a%5cb", "50%": "50%25", "%2f": "%252f", "ünï": "ünï"} {
		if got := escapeName(plain); got != kept {
			t.Errorf("%q is kept as %q, not %q", plain, got, kept)
		}
		if got := unescapeName(kept); got != plain {
			t.Errorf("%q reads as %q, not %q", kept, got, plain)
		}
	}
	if got := unescapeName("A%2FB%5C"); got != `A/B\` {
		t.Errorf("capitals read as %q", got)
	}
	if got := escapePath("50%/a"); got != "50%25/a" {
		t.Errorf("a path is kept as %q", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	names := []string{"m1.xlarge", "m1.small", "c2.tiny", "gpu", "m1.medium", "big", "M1.SMALL2"}
	got := nearest("m1.smal", names)
	if len(got) != 5 || got[0] != "m1.small" || got[1] != "M1.SMALL2" {
		t.Errorf("nearest are %v", got)
	}
	if !slices.Equal(nearest("x", nil), []string{}) {
		t.Error("there are names near nothing")
	}
	if names[0] != "m1.xlarge" {
		t.Error("the caller's names were sorted")
	}
	if err := noSuch("flavor", "m1.smal", "the catalogue", names); !errors.Is(err, openstack.ErrNotFound) || !strings.Contains(err.Error(), `"m1.small"`) {
		t.Error(err)
	}
	if err := noSuch("flavor", "x", "the catalogue", nil); !errors.Is(err, openstack.ErrNotFound) || !strings.Contains(err.Error(), "has none") {
		t.Error(err)
	}
}

// store is a datastore with free GiB that a test changes before use.
func store(name, kind string, free int64) mo.Datastore {
	var d mo.Datastore
	d.Self = ref{Type: "Datastore", Value: name}
	d.Name = name
	d.Summary = types.DatastoreSummary{Name: name, Type: kind, Accessible: true, FreeSpace: free << 30, MaintenanceMode: "normal"}
	return d
}

func TestDatastoreRule(t *testing.T) {
	t.Parallel()
	away, resting := store("away", "VMFS", 900), store("resting", "NFS", 900)
	away.Summary.Accessible, resting.Summary.MaintenanceMode = false, "inMaintenance"
	all := []mo.Datastore{away, store("backup", "VFFS", 900), store("fast-1", "VMFS", 100), store("fast-2", "vsan", 300), resting, store("slow-1", "NFS41", 500), store("very-fast", "NFS", 400)}
	for _, test := range []struct{ pattern, want, wrong string }{
		{"", "fast-1 fast-2 slow-1 very-fast", ""},
		{"fast", "fast-1 fast-2", ""}, // at the start, as Nova matches
		{".*fast", "fast-1 fast-2 very-fast", ""},
		{"slow|fast-1", "fast-1 slow-1", ""},
		{"tape", "", "away is not accessible, backup is of type VFFS, fast-1 does not match"},
		{"(", "", "not a regular expression"},
	} {
		got, err := eligible(all, test.pattern, "compute")
		var names []string
		for _, d := range got {
			names = append(names, d.Name)
		}
		if strings.Join(names, " ") != test.want || (err == nil) != (test.wrong == "") {
			t.Errorf("%q: %v, %v", test.pattern, names, err)
		}
		var field *openstack.FieldError
		if err != nil && (!strings.Contains(err.Error(), test.wrong) || !errors.As(err, &field) || field.Field != "datastore_regex") {
			t.Errorf("%q: %v", test.pattern, err)
		}
	}
}

// TestMostFreeSpace spreads what one process places as Nova's scheduler would: what is on its way counts as used.
func TestMostFreeSpace(t *testing.T) {
	t.Parallel()
	p := newPlaces(&Client{})
	p.c.places = p
	p.storesOnce.found, p.storesOnce.value = true, []mo.Datastore{store("a", "VMFS", 100), store("b", "VMFS", 150)}
	var got []string
	for range 5 {
		d, err := p.datastore(t.Context(), 40<<30)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d.Name)
	}
	if want := "b b a b a"; strings.Join(got, " ") != want {
		t.Errorf("placed on %v, not %s", got, want)
	}
}

func TestPickPool(t *testing.T) {
	t.Parallel()
	root := ref{Type: "ResourcePool", Value: "root"}
	pool := func(id, name, parent string) (p mo.ResourcePool) {
		p.Self, p.Name, p.Parent = ref{Type: "ResourcePool", Value: id}, name, &ref{Type: "ResourcePool", Value: parent}
		return p
	}
	top := pool("root", "Resources", "domain")
	all := []mo.ResourcePool{top, pool("1", "prod", "root"), pool("2", "web", "1"), pool("3", "test", "root"), pool("4", "web", "3"), pool("5", "db", "1")}
	for _, test := range []struct{ wanted, id, wrong string }{
		{"prod", "1", ""}, {"prod/web", "2", ""}, {"/test/web/", "4", ""}, {"db", "5", ""},
		{"web", "", `2 resource pools called "web"`}, {"prod/webb", "", `"prod/web"`}, {"nothing", "", "the nearest names"},
	} {
		got, err := pickPool(root, "compute", test.wanted, all)
		if got.Value != test.id || (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%q: %q, %v", test.wanted, got.Value, err)
		}
		var field *openstack.FieldError
		if err != nil && (!errors.As(err, &field) || field.Field != "resource_pool") {
			t.Errorf("%q: the error is not at resource_pool: %v", test.wanted, err)
		}
	}
}

// TestPlaces finds the only one, asks for a choice among several, and offers the nearest names for an unknown one.
func TestPlaces(t *testing.T) {
	t.Parallel()
	one, several := embedded(t, vcsim.Options{}), embedded(t, vcsim.Options{Datacenters: 2, Clusters: 2})
	for name, test := range map[string]struct {
		vc     *vcsim.VCenter
		change func(*Config)
		wrong  []string // what the error says; none: no error
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
			err := clientOf(t, cfg).CheckPlacement(t.Context(), "")
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

// TestProjectFolderMadeOnce has thirty callers, of one process and of two, make one project folder.
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
					found[i], err = clients[i%processes].places.instancesFolder(t.Context())
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
				dc, err := clients[0].places.datacenter(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				folders, err := list[mo.Folder](t.Context(), clients[0], below(dc.VmFolder), map[string][]string{"Folder": {"name"}})
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
