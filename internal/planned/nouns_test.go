// SPDX-License-Identifier: MPL-2.0

package planned_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
)

// TestNames: the second new claim of a name is refused, unless it may be for a replacement.
func TestNames(t *testing.T) {
	t.Parallel()
	n := planned.New().Names(planned.NamedFlavor)
	n.Own("1")
	for i, step := range []struct {
		id    string
		taken bool
	}{
		{"1", false}, {"", false}, // an object, and then its successor
		{"", true}, {"2", true},
	} {
		if taken := n.Claim("web", step.id); taken != step.taken {
			t.Errorf("step %d: taken: %v", i, taken)
		}
	}
	n.Claim("db", "")
	n.Release("db")
	if n.Claim("db", "") || !n.Owns("1") || n.Owns("2") {
		t.Error("a name that was released is taken, or an object is another's")
	}
}

// TestLook: four names are looked up, and more only if one of them belongs to an object outside the configuration.
func TestLook(t *testing.T) {
	t.Parallel()
	for holder, more := range map[string]bool{"": false, "ours": false, "theirs": true} {
		i := planned.New().Instances
		i.Own("ours")
		for n := range 4 {
			look, answer := i.Look(t.Context())
			if !look {
				t.Fatalf("name %d is not looked for", n)
			}
			answer(holder)
		}
		if look, _ := i.Look(t.Context()); look != more {
			t.Errorf("after four that %q has, another one is looked for: %v", holder, look)
		}
	}
}

// TestLookups: a planned object is found by each of its keys, as it was planned last.
func TestLookups(t *testing.T) {
	t.Parallel()
	m := planned.New()
	m.Flavors.Expect(openstack.Flavor{ID: "1", Name: "small", RAM: 1})
	m.Flavors.Expect(openstack.Flavor{ID: "1", Name: "small", RAM: 2})
	for _, by := range [][2]string{{"1", ""}, {"", "small"}, {"1", "small"}} {
		if f, found := m.Flavors.Lookup(by[0], by[1]); !found || f.RAM != 2 {
			t.Errorf("%v finds %+v, %v", by, f, found)
		}
	}
	if _, found := m.Flavors.Lookup("2", "small"); found {
		t.Error("a flavor is found by another one's id")
	}
	m.Nodes.Expect(planned.Node{Hostname: "ESX-1", Disabled: true})
	if !m.Nodes.WillRest("esx-1") || m.Nodes.WillRest("esx-2") {
		t.Error("the wrong host is to rest")
	}
	m.Groups.Expect(openstack.SecurityGroup{Name: "web"})
	m.Groups.Expect(openstack.SecurityGroup{ID: "1", Name: "db"})
	if _, found := m.Groups.Find("1"); !found || len(m.Groups.Coming()) != 1 {
		t.Error("a group is not found, or one that exists is to come")
	}
}

// TestAggregatesBecome: planned aggregates replace those of the same id or name.
func TestAggregatesBecome(t *testing.T) {
	t.Parallel()
	a := planned.New().Aggregates
	a.Expect(planned.Aggregate{Aggregate: openstack.Aggregate{Name: "new"}})
	a.Expect(planned.Aggregate{Aggregate: openstack.Aggregate{ID: "1", Name: "changed"}})
	got := ""
	for _, one := range a.Become([]openstack.Aggregate{{ID: "1", Name: "old"}, {ID: "2", Name: "kept"}, {ID: "3", Name: "new"}}) {
		got += one.ID + one.Name + " "
	}
	if got != "2kept 1changed new " {
		t.Errorf("they become %q", got)
	}
}

// TestWarningsAreGivenOnce: a warning is counted by its summary.
func TestWarningsAreGivenOnce(t *testing.T) {
	t.Parallel()
	m := planned.New()
	if !m.FirstTime("a") || m.FirstTime("a") || !m.FirstTime("b") {
		t.Error("a warning is given twice, or never")
	}
}

// TestImages: a planned image is found by its name and by its id where that is known, as it was planned last, until it is made.
func TestImages(t *testing.T) {
	t.Parallel()
	i := planned.New().Images
	i.Expect(openstack.Image{ImageSpec: openstack.ImageSpec{Name: "debian", MinDisk: 4}})
	if image, found := i.Lookup("", "debian"); !found || image.MinDisk != 4 {
		t.Errorf("found is %+v, %v", image, found)
	}
	if _, found := i.Lookup("", ""); found {
		t.Error("nothing that was asked for is found")
	}
	i.Made("debian", "7")
	if _, found := i.Lookup("", "debian"); found {
		t.Error("one that was made is still planned")
	}
	i.Expect(openstack.Image{ImageSpec: openstack.ImageSpec{ID: "7", Name: "alma"}})
	i.Expect(openstack.Image{ImageSpec: openstack.ImageSpec{ID: "7", Name: "rocky"}})
	if _, found := i.Lookup("7", "rocky"); !found {
		t.Error("an image is not found by id and name")
	}
	for _, by := range [][2]string{{"7", "alma"}, {"", "alma"}, {"8", ""}} {
		if image, found := i.Lookup(by[0], by[1]); found {
			t.Errorf("%v finds %+v", by, image)
		}
	}
}
