// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// flavorNamed returns a flavor of a name.
func flavorNamed(name string) openstack.Flavor {
	f := small
	f.ID, f.Name = catalogue.FlavorID(name), name
	return f
}

// TestTwoProcessesMakeTheCatalogue: two clients make the catalogue and twenty records at the same moment.
func TestTwoProcessesMakeTheCatalogue(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	clients := []*vcenter.Client{clientOver(t, vc, wire), clientOver(t, vc, wire)}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			c := clients[i%2]
			if _, err := c.Flavors.Create(t.Context(), flavorNamed(fmt.Sprintf("f-%d", i))); err != nil {
				t.Error(err)
			}
			if err := c.KeyPairs.Create(t.Context(), openstack.KeyPair{Name: fmt.Sprintf("k-%d", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	records := vc.Catalogue()
	for i := range 20 {
		for _, key := range []string{"novasphere.flavor." + catalogue.FlavorID(fmt.Sprintf("f-%d", i)),
			fmt.Sprintf("novasphere.keypair.k-%d", i)} {
			if records[key] == "" {
				t.Errorf("the record %s is lost", key)
			}
		}
	}
	if vms := vc.VMs("novasphere/*"); len(vms) != 1 || acctest.Extra(vms[0])["novasphere.mark"] == "" {
		t.Errorf("the catalogue's folder holds %v", names(vms))
	}
}

// TestClaimOfOneName: of two clients that claim the same flavor, one gets it, and the other's error tells who has it.
func TestClaimOfOneName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	for round := range 5 {
		name := fmt.Sprintf("m%d", round)
		failed := make(chan error, 2)
		for range 2 {
			c := clientOver(t, vc, wire)
			go func() {
				_, err := c.Flavors.Create(context.Background(), flavorNamed(name))
				failed <- err
			}()
		}
		first, second := <-failed, <-failed
		if first != nil {
			first, second = second, first
		}
		var field *openstack.FieldError
		if first != nil || !errors.As(second, &field) || field.Field != "name" ||
			!strings.Contains(second.Error(), "import {\n  to = novasphere_compute_flavor.ADDRESS\n  id = ") {
			t.Errorf("round %d: %v; %v", round, first, second)
		}
		if n := len(vc.Catalogue()); n != round+1 {
			t.Errorf("round %d: %d records", round, n)
		}
	}
}

// edit writes a key of the catalogue VM outside the provider; an empty value removes it.
func edit(t *testing.T, vc *acctest.VCenter, key, value string) {
	t.Helper()
	vm := object.NewVirtualMachine(vc.Client().Client, vc.VM("novasphere/novasphere-catalogue").Self)
	task, err := vm.Reconfigure(t.Context(), types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: key,
		Value: value}}})
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamagedRecord: the error about a damaged record names that one, is never "not found", and does not affect other records.
func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	for how, test := range map[string]struct {
		damage func(string) string
		says   string
	}{
		"edited":       {func(s string) string { return strings.Replace(s, `"ram":1024`, `"ram":2048`, 1) }, "edited by hand"},
		"cut off":      {func(s string) string { return s[:len(s)/2] }, "cannot be read"},
		"not JSON":     {func(string) string { return "hello" }, "cannot be read"},
		"newer schema": {func(s string) string { return strings.Replace(s, `"schema":1`, `"schema":2`, 1) }, "upgrade the provider"},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			c := clientOver(t, vc, wire)
			bad, good := flavorNamed("bad"), flavorNamed("good")
			for _, f := range []openstack.Flavor{bad, good} {
				if _, err := c.Flavors.Create(t.Context(), f); err != nil {
					t.Fatal(err)
				}
			}
			key := "novasphere.flavor." + bad.ID
			damaged := test.damage(vc.Catalogue()[key])
			edit(t, vc, key, damaged)
			c = clientOver(t, vc, wire) // another run
			for what, act := range map[string]func() error{
				"read":    func() error { _, err := c.Flavors.Read(t.Context(), bad.ID); return err },
				"by id":   func() error { _, err := c.Flavors.Find(t.Context(), bad.ID, ""); return err },
				"by name": func() error { _, err := c.Flavors.Find(t.Context(), "", "bad"); return err },
				"all":     func() error { _, err := c.Flavors.List(t.Context()); return err },
				"update":  func() error { _, err := c.Flavors.Update(t.Context(), bad); return err },
				"delete":  func() error { return c.Flavors.Delete(t.Context(), bad.ID) },
				"create":  func() error { _, err := c.Flavors.Create(t.Context(), bad); return err },
			} {
				err := act()
				if err == nil || errors.Is(err, openstack.ErrNotFound) || !strings.Contains(err.Error(), test.says) ||
					!strings.Contains(err.Error(), key) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if f, err := c.Flavors.Find(t.Context(), "", "good"); err != nil || f.ID != good.ID {
				t.Errorf("the other flavor: %v", err)
			}
			good.Description = "changed"
			if _, err := c.Flavors.Update(t.Context(), good); err != nil {
				t.Errorf("changing the other flavor: %v", err)
			}
			if _, err := c.Flavors.Create(t.Context(), flavorNamed("another")); err != nil {
				t.Errorf("a new flavor: %v", err)
			}
			if now := vc.Catalogue()[key]; now != damaged {
				t.Errorf("the damaged record was overwritten with %s", now)
			}
		})
	}
}

// TestRemovedRecord: a record that is gone is "not found", for its own resource only.
func TestRemovedRecord(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	for _, name := range []string{"gone", "stays"} {
		if _, err := c.Flavors.Create(t.Context(), flavorNamed(name)); err != nil {
			t.Fatal(err)
		}
	}
	edit(t, vc, "novasphere.flavor."+catalogue.FlavorID("gone"), "")
	c = clientOver(t, vc, wire)
	if _, err := c.Flavors.Read(t.Context(), catalogue.FlavorID("gone")); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	if _, err := c.Flavors.Read(t.Context(), catalogue.FlavorID("stays")); err != nil {
		t.Error(err)
	}
}

// TestMissingCatalogue: the catalogue VM is removed before a run or in the middle of one, while records in it are known. Whatever is
// done is an error, and no empty catalogue is made.
func TestMissingCatalogue(t *testing.T) {
	t.Parallel()
	for _, midway := range []bool{false, true} {
		t.Run(fmt.Sprintf("midway=%t", midway), func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			wire := vc.Wire(t)
			c := clientOver(t, vc, wire)
			known := flavorNamed("known")
			if _, err := c.Flavors.Create(t.Context(), known); err != nil {
				t.Fatal(err)
			}
			if err := c.KeyPairs.Create(t.Context(), openstack.KeyPair{Name: "ops"}); err != nil {
				t.Fatal(err)
			}
			remove(t, vc, "novasphere/novasphere-catalogue")
			changed := known
			changed.Description = "changed"
			if !midway {
				c = clientOver(t, vc, wire)
			}
			acts := map[string]func() error{
				"update":          func() error { _, err := c.Flavors.Update(t.Context(), changed); return err },
				"delete":          func() error { return c.Flavors.Delete(t.Context(), known.ID) },
				"delete key pair": func() error { return c.KeyPairs.Delete(t.Context(), "ops") },
			}
			if !midway { // in the middle of a run, what was read before is still known
				acts["read"] = func() error { _, err := c.Flavors.Read(t.Context(), known.ID); return err }
				acts["read key pair"] = func() error { _, err := c.KeyPairs.Read(t.Context(), "ops"); return err }
			}
			for what, act := range acts {
				err := act()
				if !errors.Is(err, records.ErrNoStore) || errors.Is(err, openstack.ErrNotFound) || !strings.Contains(err.Error(), "is in the state") {
					t.Errorf("%s: %v", what, err)
				}
			}
			if vms := vc.VMs("novasphere/*"); len(vms) != 0 {
				t.Errorf("there is %v", names(vms))
			}
		})
	}
}

// TestCatalogueMadeAnew: after the loss of the catalogue, one write holds the first record of a new one and a change of a lost one.
func TestCatalogueMadeAnew(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := clientOver(t, vc, vc.Wire(t))
	failed := make(chan error, 1)
	go func() { _, err := c.Flavors.Update(context.Background(), flavorNamed("lost")); failed <- err }()
	// the change goes first: after the new record there is a catalogue, and the change is no error
	for !c.Records.Catalogue.Gathering() && len(failed) == 0 {
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Flavors.Create(t.Context(), flavorNamed("new")); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, records.ErrNoStore) {
		t.Errorf("the change of a lost record: %v", err)
	}
}

// remove destroys a VM outside the provider.
func remove(t *testing.T, vc *acctest.VCenter, path string) {
	t.Helper()
	task, err := object.NewVirtualMachine(vc.Client().Client, vc.VM(path).Self).Destroy(t.Context())
	if err == nil {
		err = task.Wait(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDeployedImage: ten concurrent instances of a library item share one copy, a template with our mark, and have marks of their own.
func TestDeployedImage(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	image, err := c.Images.Find(t.Context(), image.Query{Name: vcsim.LibraryItem})
	if err != nil {
		t.Fatal(err)
	}
	want := request(t, c, "")
	want.ImageID, want.ImageName = image.ID, image.Name
	var all sync.WaitGroup
	for i := range 10 {
		one := want
		one.Name, one.NICs = fmt.Sprintf("web-%d", i), append([]openstack.NIC(nil), want.NICs...)
		all.Go(func() {
			if _, err := c.Servers.Create(t.Context(), one); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	copies := vc.VMs("novasphere/novasphere-image-*")
	if len(copies) != 1 || !copies[0].Config.Template || !strings.Contains(acctest.Extra(copies[0])["novasphere.mark"], `"provider":"test"`) {
		t.Fatalf("the copies are %v", names(copies))
	}
	for _, vm := range vc.VMs("OpenStack/*") {
		if mark := acctest.Extra(vm)["novasphere.mark"]; mark == "" || mark == acctest.Extra(copies[0])["novasphere.mark"] {
			t.Errorf("%s bears the mark %s", vm.Name, mark)
		}
	}
}

// TestUnfinishedImage: a copy whose maker was killed long ago, before it became a template, is finished, not made twice. A recent one
// may still be under way, and is left to its maker.
func TestUnfinishedImage(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	deploy := func(c *vcenter.Client, name string) {
		t.Helper()
		found, err := c.Images.Find(t.Context(), image.Query{Name: vcsim.LibraryItem})
		if err != nil {
			t.Fatal(err)
		}
		want := request(t, c, name)
		want.ImageID, want.ImageName = found.ID, found.Name
		if _, err := c.Servers.Create(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	deploy(in(t, vc, ""), "web-0")
	copied := vc.VM("novasphere/novasphere-image-*")
	pool, err := find.NewFinder(vc.Client().Client).ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	if err := object.NewVirtualMachine(vc.Client().Client, copied.Self).MarkAsVirtualMachine(t.Context(), *pool, nil); err != nil {
		t.Fatal(err)
	}
	c := in(t, vc, "")
	found, err := c.Images.Find(t.Context(), image.Query{Name: vcsim.LibraryItem})
	if err != nil {
		t.Fatal(err)
	}
	want := request(t, c, "web-1")
	want.ImageID, want.ImageName = found.ID, found.Name
	brief, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	if _, err := c.Servers.Create(brief, want); err == nil || vc.VM("novasphere/novasphere-image-*").Config.Template {
		t.Errorf("a young copy was taken for abandoned: %v", err)
	}
	later := in(t, vc, "")
	later.Images.AbandonedAfter = 0
	deploy(later, "web-1")
	if again := vc.VM("novasphere/novasphere-image-*"); !again.Config.Template || again.Self != copied.Self {
		t.Errorf("the copy is %v, a template: %t", again.Self, again.Config.Template)
	}
}
