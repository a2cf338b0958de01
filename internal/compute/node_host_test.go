// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// hostOf reads a host of the datacenter, in any cluster.
func hostOf(vc *acctest.VCenter, name string) (h mo.HostSystem, err error) {
	all, err := find.NewFinder(vc.Client().Client).HostSystemList(context.Background(), "/dc1/host/*/"+name)
	if err != nil {
		return h, err
	}
	return h, all[0].Properties(context.Background(), all[0].Reference(), nil, &h)
}

// holds checks the vCenter's data of a host.
func holds(vc *acctest.VCenter, name string, check func(h mo.HostSystem) error) resource.TestCheckFunc {
	return acctest.Check(func() error {
		h, err := hostOf(vc, name)
		if err != nil {
			return err
		}
		return check(h)
	})
}

// uplinks checks a host's switches and their adapters, as "dvs-1: vmnic1 vmnic2", on both sides.
func uplinks(vc *acctest.VCenter, name string, want ...string) resource.TestCheckFunc {
	return holds(vc, name, func(h mo.HostSystem) error {
		have := []string{}
		for _, proxy := range h.Config.Network.ProxySwitch {
			var adapters []string
			for _, key := range proxy.Pnic {
				adapters = append(adapters, strings.TrimPrefix(key, "key-vim.host.PhysicalNic-"))
			}
			slices.Sort(adapters)
			have = append(have, proxy.DvsName+": "+strings.Join(adapters, " "))
			if found, err := find.NewFinder(vc.Client().Client).Network(context.Background(), "/dc1/network/"+proxy.DvsName); err != nil ||
				!slices.Contains(switchMembers(vc, found), h.Self) {
				return fmt.Errorf("%s does not count %s among its members (%v)", proxy.DvsName, name, err)
			}
		}
		slices.Sort(have)
		if !slices.Equal(have, want) {
			return fmt.Errorf("%s is on %q, not on %q", name, have, want)
		}
		return nil
	})
}

func switchMembers(vc *acctest.VCenter, found object.NetworkReference) []types.ManagedObjectReference {
	var dvs mo.DistributedVirtualSwitch
	// stays empty where it cannot be read
	_ = object.NewCommon(vc.Client().Client, found.Reference()).Properties(context.Background(), found.Reference(), []string{"summary"}, &dvs)
	return dvs.Summary.HostMember
}

// secondSwitch makes the switch dvs-2.
func secondSwitch(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	folders, err := datacenter(vc).Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	by(t, func(context.Context) (*object.Task, error) {
		return folders.NetworkFolder.CreateDVS(t.Context(),
			types.DVSCreateSpec{ConfigSpec: &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{Name: "dvs-2"}}})
	})
}

// noHost checks that a host is gone.
func noHost(vc *acctest.VCenter, name string) error {
	if _, err := hostOf(vc, name); err == nil {
		return fmt.Errorf("the host %s is left", name)
	}
	return nil
}

// marked checks the record of esx-9, which does not hold the password.
func marked(vc *acctest.VCenter, text string) resource.TestCheckFunc {
	return holds(vc, "esx-9", func(h mo.HostSystem) error {
		var kept []string
		for _, value := range h.CustomValue {
			kept = append(kept, value.(*types.CustomFieldStringValue).Value)
		}
		if all := strings.Join(kept, " "); !strings.Contains(all, text) || strings.Contains(all, vcsim.HostPassword) {
			return fmt.Errorf("it has %q", all)
		}
		return nil
	})
}
