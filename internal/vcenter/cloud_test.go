// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// sky is a cloud with what a test puts into it. It records what it is asked.
type sky struct {
	flavors  []openstack.Flavor
	images   []openstack.Image
	keys     []openstack.KeyPair
	networks []openstack.Network
	fails    error
	asked    []string
}

func (s *sky) note(what string) error {
	s.asked = append(s.asked, what)
	return s.fails
}

func (s *sky) Name() string { return "prod" }
func (s *sky) Flavors(context.Context) ([]openstack.Flavor, error) {
	return s.flavors, s.note("flavors")
}
func (s *sky) Images(context.Context) ([]openstack.Image, error) { return s.images, s.note("images") }
func (s *sky) KeyPairs(context.Context) ([]openstack.KeyPair, error) {
	return s.keys, s.note("key pairs")
}
func (s *sky) Networks(context.Context) ([]openstack.Network, error) {
	return s.networks, s.note("networks")
}
func (s *sky) Servers(context.Context) ([]openstack.Server, error)    { return nil, s.note("servers") }
func (s *sky) AllServers(context.Context) ([]openstack.Server, error) { return nil, s.note("servers") }
func (s *sky) Unknown(_ context.Context, ids []string) ([]string, error) {
	return ids, s.note("servers")
}

// took returns what was asked since the last time.
func (s *sky) took() string {
	all := strings.Join(s.asked, ",")
	s.asked = nil
	return all
}

func under(t *testing.T, vc *acctest.VCenter, s *sky) *vcenter.Client {
	t.Helper()
	return clientWith(t, vc, vc.Wire(t), s)
}

// TestCloudFlavor: the catalogue's flavor takes precedence over OpenStack's, by name and by id. An error about a missing flavor names
// both, and a cloud that fails makes no flavor "not found".
func TestCloudFlavor(t *testing.T) {
	t.Parallel()
	vc, s := acctest.Start(t, vcsim.Options{}), &sky{flavors: []openstack.Flavor{{ID: "1", Name: "m1.small", VCPUs: 1, RAM: 512},
		{ID: "2", Name: "m1.huge", VCPUs: 64, RAM: 65536}}}
	c := under(t, vc, s)
	find := func(id, name, cloud, asked, text string) {
		t.Helper()
		f, err := c.Flavors.Find(t.Context(), id, name)
		if got := s.took(); got != asked {
			t.Errorf("%s%s: OpenStack was asked for %q", id, name, got)
		}
		if text == "" {
			if err != nil || f.Cloud != cloud || f.Name == "" {
				t.Errorf("%s%s: %+v, %v", id, name, f, err)
			}
			return
		}
		if err == nil || err.Error() != text {
			t.Errorf("%s%s: the error is %v", id, name, err)
		}
	}
	find("", "m1.small", "prod", "flavors", "") // there is no catalogue yet
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	find("", "m1.small", "", "", "")
	find("1", "", "prod", "flavors", "")
	find("2", "m1.huge", "prod", "flavors", "")
	find("", "m1.hug", "", "flavors",
		`no flavor "m1.hug" in the catalogue; the nearest names are "m1.small"; and no flavor "m1.hug" in the OpenStack cloud prod; the `+
			`nearest names are "m1.huge", "m1.small"`)
	find("2", "m1.big", "", "flavors",
		`no flavor "m1.big" in the catalogue; the nearest names are "m1.small"; and flavor 2 of the OpenStack cloud prod is called "m1.huge", `+
			`not "m1.big"`)
	if _, err := c.Flavors.Find(t.Context(), "", "none"); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("%v is not ErrNotFound", err)
	}
	s.fails = errors.New("prod does not answer")
	if _, err := c.Flavors.Find(t.Context(), "", "m1.huge"); errors.Is(err, openstack.ErrNotFound) || !openstack.IsUnanswered(err) {
		t.Errorf("%v is taken for not found", err)
	}
	if _, err := c.Flavors.AsPlanned(t.Context(), "", "m1.huge"); !openstack.IsUnanswered(err) {
		t.Errorf("at plan: %v", err)
	}
}

// TestCloudFlavorHasNoTag: an instance of an OpenStack flavor has no tag, does not wait for one, and loses that of its former flavor.
func TestCloudFlavorHasNoTag(t *testing.T) {
	t.Parallel()
	vc, s := acctest.Start(t, vcsim.Options{}), &sky{flavors: []openstack.Flavor{{ID: "2", Name: "m1.huge", VCPUs: 64, RAM: 65536}}}
	c := under(t, vc, s)
	own, err := c.Flavors.Create(t.Context(), small)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := c.Flavors.Find(t.Context(), "2", "")
	if err != nil {
		t.Fatal(err)
	}
	server := made(t, c, "web")
	bearers := func() int { return len(vc.Labelled(small.Name)) }
	for _, step := range []struct {
		to, from openstack.Flavor
		bearers  int
	}{{foreign, openstack.Flavor{}, 0}, {own, foreign, 1}, {foreign, own, 0}} {
		if err := c.Labels.Attach(t.Context(), server.MoRef, step.to, step.from); err != nil || bearers() != step.bearers {
			t.Errorf("from %q to %q: %v, %d bear the tag", step.from.Name, step.to.Name, err, bearers())
		}
	}
	if tags := vc.Tags(); slices.Contains(tags, "m1.huge") {
		t.Errorf("there are the tags %v", tags)
	}
}

func TestCloudKeyPair(t *testing.T) {
	t.Parallel()
	vc, s := acctest.Start(t, vcsim.Options{}), &sky{keys: []openstack.KeyPair{{Name: "anna", PublicKey: "theirs"},
		{Name: "berta", PublicKey: "theirs"}}}
	c := under(t, vc, s)
	if err := c.KeyPairs.Create(t.Context(), openstack.KeyPair{Name: "anna", PublicKey: "ours"}); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ source, name, in, key, asked string }{
		{"", "anna", "vcenter", "ours", ""}, {"openstack", "anna", "openstack", "theirs", "key pairs"},
		{"", "berta", "openstack", "theirs", "key pairs"},
		{"vcenter", "berta", "vcenter", "", ""}, {"", "anne", "", "", "key pairs"},
	} {
		found, in, err := c.KeyPairs.Find(t.Context(), k.source, k.name)
		if asked := s.took(); found.PublicKey != k.key || in != k.in || asked != k.asked ||
			errors.Is(err, openstack.ErrNotFound) != (k.key == "") {
			t.Errorf("%+v: %+v in %q, %v, asked %q", k, found, in, err, asked)
		}
	}
	if err := c.KeyPairs.CheckPlanned(t.Context(), "berta"); err != nil {
		t.Errorf("at plan: %v", err)
	}
}

// TestCloudNetwork: a name that several networks of OpenStack have is an error.
func TestCloudNetwork(t *testing.T) {
	t.Parallel()
	vc, s := acctest.Start(t, vcsim.Options{}), &sky{networks: []openstack.Network{{ID: "a", Name: "net"}, {ID: "b", Name: "net"},
		{ID: "c", Name: "lan"}}}
	c := under(t, vc, s)
	for _, n := range []struct{ id, name, found, text string }{
		{"", "lan", "c", ""}, {"b", "", "b", ""}, {"b", "net", "b", ""},
		{"", "net", "", `2 networks of the OpenStack cloud prod are called "net": write the id of one of them: "a", "b"`},
		{"d", "", "", `no network with the id "d" in the OpenStack cloud prod`},
		{"", "lam", "", `no network "lam" in the OpenStack cloud prod; the nearest names are "lan", "net", "net"`},
	} {
		found, err := c.Networks.InCloud(t.Context(), n.id, n.name)
		if found.ID != n.found || n.text == "" && err != nil || n.text != "" && (err == nil || err.Error() != n.text) {
			t.Errorf("%+v: %+v, %v", n, found, err)
		}
	}
}

// TestCloudImage: an image of OpenStack shows its properties, and no instance can be made from it.
func TestCloudImage(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	at := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	made := func(id, name, format string, properties map[string]string, at time.Time) openstack.Image {
		return openstack.Image{ImageSpec: openstack.ImageSpec{ID: id, Name: name, DiskFormat: format, Properties: properties}, Created: at}
	}
	s := &sky{images: []openstack.Image{made("1", "fedora", "qcow2", map[string]string{"os_distro": "fedora"}, at(2023)),
		made("2", "fedora", "raw", nil, at(2024)), made("3", "debian-12", "vmdk", nil, at(0)), made("4", "suse", "qcow2", nil, at(0))}}
	c := under(t, vc, s)
	for _, i := range []struct {
		q     image.Query
		found string
		text  string
	}{
		{image.Query{ID: "4"}, "4", ""}, {image.Query{Name: "fedora", MostRecent: true}, "2", ""},
		{image.Query{Name: "fedora", Properties: map[string]string{"os_distro": "fedora"}}, "1", ""},
		{image.Query{Name: "fedora"}, "", "2 images of the OpenStack cloud prod fit: fedora (id 1, made 2023-01-01), fedora (id 2, " +
			"made 2024-01-01); name one by its id"},
		{image.Query{ID: "9"}, "", "no image 9 in the OpenStack cloud prod"},
		{image.Query{Name: "fedra"}, "", `no image "fedra" in the OpenStack cloud prod; the nearest names are "fedora"`},
	} {
		found, in, err := c.Images.Lookup(t.Context(), "openstack", i.q)
		if found.ID != i.found || in != "openstack" || i.text == "" && err != nil || i.text != "" &&
			(err == nil || !strings.HasPrefix(err.Error(), i.text)) {
			t.Errorf("%+v: %+v in %s, %v", i.q, found, in, err)
		}
	}
	s.took()
	if image, err := c.Images.Bootable(t.Context(), "", "debian-12"); err != nil || image.Path != "images/debian-12" || s.took() != "" {
		t.Errorf("%+v, %v", image, err)
	}
	template := vc.VM("images/debian-12").Config.InstanceUuid
	for name, text := range map[string]string{
		"suse": `the image "suse" is in the OpenStack cloud prod with the id 4, and no template or library item of this vCenter has that name: ` +
			`an instance is cloned from one of those. Its disk format is qcow2, which vSphere cannot clone: download it, and make an image of`,
		"#3": `the image "debian-12" is in the OpenStack cloud prod with the id 3; the one of that name in this vCenter has the id ` +
			template + `: write image_name, or that id`,
		"sus": `no image (VM template or content library item) "sus" in datacenter dc1`,
	} {
		id, named := strings.CutPrefix(name, "#")
		if !named {
			id = ""
		} else {
			name = ""
		}
		if _, err := c.Images.Bootable(t.Context(), id, name); err == nil || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%s%s: %v", id, name, err)
		}
	}
}

// TestStrays: VMs of Nova's are found in the folders of all projects, with one call, and told from ours and from foreign ones.
func TestStrays(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{ForeignVMs: 4})
	c := under(t, vc, &sky{})
	ours := made(t, c, "ours")
	const tenant = "8d0c3c1e0b6f4b0c9c9a8d7f6e5d4c3b"
	left := novaMachine(t, vc, "OpenStack/Project ("+tenant+")/Instances", "left")
	wire := vc.Wire(t)
	counted := clientOver(t, vc, wire)
	if _, _, err := counted.Machines.List(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	wire.Take()
	strays, unread, err := counted.Machines.Discover(t.Context())
	calls, _ := wire.Take()
	if err != nil || len(unread) > 0 || len(strays) != 2 || acctest.Total(calls) > 1 {
		t.Fatalf("%+v, %v, %v, %v", strays, unread, err, calls)
	}
	if a := strays[0]; a.ID != left || a.Ours || a.Project != tenant || a.Folder != "OpenStack/Project ("+tenant+")/Instances" {
		t.Errorf("Nova's machine is %+v", a)
	}
	if b := strays[1]; b.ID != ours.ID || !b.Ours || b.Project != "" || b.Folder != "OpenStack" {
		t.Errorf("our machine is %+v", b)
	}
	elsewhere := vcenter.New(vcenter.Config{Server: wire.Server, User: vc.User, Password: vc.Password, CAFile: wire.CAFile,
		Folder: "cloud/tenants"})
	t.Cleanup(func() { _ = elsewhere.Close(t.Context()) })
	theirs := made(t, elsewhere, "theirs")
	strays, _, err = elsewhere.Machines.Discover(t.Context())
	if i := slices.IndexFunc(strays, func(s machine.DiscoveredServer) bool { return s.ID == theirs.ID }); err != nil || len(strays) != 3 ||
		i < 0 ||
		strays[i].Folder != "cloud/tenants" {
		t.Errorf("%+v, %v", strays, err)
	}
}

// novaMachine makes a VM as Nova's driver leaves it, and returns its instance UUID.
func novaMachine(t *testing.T, vc *acctest.VCenter, folder, name string) string {
	t.Helper()
	const id = "5f0a6a3e-7c1b-4a52-9f57-0a1e0c7d9b11"
	vc.Make(folder, types.VirtualMachineConfigSpec{Name: name + " (" + id + ")", InstanceUuid: id, GuestId: "otherGuest", Annotation: "name:" +
		name + "\nflavor:name:m1.small\n",
		ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "nvp.vm-uuid", Value: id}}})
	return id
}
