// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// on checks the one VM at a path.
func on(vc *acctest.VCenter, path string, check func(vm mo.VirtualMachine) error) resource.TestCheckFunc {
	return acctest.Check(func() error {
		all := vc.VMs(path)
		if len(all) != 1 {
			return fmt.Errorf("%d machines at %s, not one", len(all), path)
		}
		return check(all[0])
	})
}

// identity checks that a VM stays the same one from step to step.
type identity struct{ uuid, moref string }

func (i *identity) of(vm mo.VirtualMachine) error {
	now := identity{vm.Config.InstanceUuid, vm.Self.Value}
	if *i == (identity{}) {
		*i = now
	}
	if *i != now {
		return fmt.Errorf("it was the machine %v, and now it is %v", *i, now)
	}
	return nil
}

// differ returns an error with the values that differ from the expected ones.
func differ(have, want map[string]any) error {
	var wrong []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(have[key], want[key]) {
			wrong = append(wrong, fmt.Sprintf("%s is %#v, not %#v", key, have[key], want[key]))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// tagsOf returns the names of the vSphere tags on a VM.
func tagsOf(vc *acctest.VCenter, vm mo.VirtualMachine) ([]string, error) {
	ctx := context.Background()
	client := rest.NewClient(vc.Client().Client)
	if err := client.Login(ctx, url.UserPassword(vc.User, vc.Password)); err != nil {
		return nil, err
	}
	defer func() { _ = client.Logout(ctx) }()
	attached, err := tags.NewManager(client).GetAttachedTags(ctx, vm.Self)
	names := make([]string, len(attached))
	for i, tag := range attached {
		names[i] = tag.Name
	}
	return names, err
}

// tagged checks that a VM has exactly one tag.
func tagged(vc *acctest.VCenter, path, name string) resource.TestCheckFunc {
	return on(vc, path, func(vm mo.VirtualMachine) error {
		names, err := tagsOf(vc, vm)
		if err == nil && !slices.Equal(names, []string{name}) {
			err = fmt.Errorf("the tags are %q, not %q alone", names, name)
		}
		return err
	})
}

// destroyed checks that no instance is left, nor a tag or a flavor.
func destroyed(vc *acctest.VCenter) resource.TestCheckFunc {
	return resource.ComposeTestCheckFunc(noRecords(vc, "flavor"), acctest.Check(func() error {
		if left := append(vc.VMs("OpenStack/*"), vc.VMs("OpenStack/*/*")...); len(left) > 0 { // in folders of projects, too
			return fmt.Errorf("%s is left", left[0].Name)
		}
		if left := vc.Tags(); len(left) > 0 {
			return fmt.Errorf("the tags %q are left", left)
		}
		return nil
	}))
}

// sameAddresses compares the state with the guest's report: the access address is that of the second NIC.
func sameAddresses(vc *acctest.VCenter) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		a, vm := s.RootModule().Resources[it].Primary.Attributes, vc.VM("OpenStack/Web 1")
		have := map[string]any{"id": a["id"], "first": a["network.0.fixed_ip_v4"], "second": a["network.1.fixed_ip_v4"],
			"access": a["access_ip_v4"], "mac": a["network.0.mac"], "port": a["network.0.port"], "name": a["network.0.name"], "vcpus": a["vcpus"],
			"ram": a["ram"], "disk": a["disk"], "image": a["image_name"]}
		return differ(have, map[string]any{"id": vm.Config.InstanceUuid, "first": vm.Guest.Net[0].IpAddress[0],
			"second": vm.Guest.Net[1].IpAddress[0], "access": vm.Guest.Net[1].IpAddress[0], "mac": cardsOf(vm)[0].MacAddress,
			"port": acctest.Extra(vm)["nvp.iface-id.0"], "name": "public", "vcpus": "2", "ram": "2048", "disk": "20", "image": "debian-12"})
	}
}

func powered(state string) func(mo.VirtualMachine) error {
	return func(vm mo.VirtualMachine) error {
		if string(vm.Runtime.PowerState) != state {
			return fmt.Errorf("%s is %s, not %s", vm.Name, vm.Runtime.PowerState, state)
		}
		return nil
	}
}

// noted checks an instance's record, and its guest's metadata.
func noted(vc *acctest.VCenter, vm mo.VirtualMachine, description string, metadata map[string]any, labels []string) error {
	var record struct {
		Description string
		Metadata    map[string]any
		Tags        []string
	}
	extra := vc.Parameters(vm)
	if err := json.Unmarshal([]byte(extra["novasphere.server"]), &record); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(extra["guestinfo.metadata"])
	if err != nil {
		return err
	}
	guest := struct {
		Hostname string `json:"local-hostname"`
		Meta     map[string]any
	}{}
	if err := json.Unmarshal(raw, &guest); err != nil {
		return err
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(vm.Config.Annotation, "name:"), "\n")
	return differ(map[string]any{"description": record.Description, "metadata": record.Metadata, "tags": record.Tags, "meta": guest.Meta,
		"host name": guest.Hostname, "annotation": name},
		map[string]any{"description": description, "metadata": metadata, "tags": labels, "meta": metadata, "host name": "web",
			"annotation": vm.Name})
}
