// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// A vm is what the demo shows of a virtual machine. It is read with govmomi, not with the provider, as an independent check.
type vm struct {
	name, power, address, folder string
	cpus, ram                    int32
	records                      []string // what the provider records in it
}

// inventory reads every virtual machine that is not a template.
func inventory(ctx context.Context, vars map[string]string) ([]vm, error) {
	client, err := login(ctx, vars)
	if err != nil {
		return nil, err
	}
	defer func() { _ = client.Logout(context.WithoutCancel(ctx)) }()

	all, err := view.NewManager(client.Client).CreateContainerView(ctx, client.ServiceContent.RootFolder, []string{"VirtualMachine"}, true)
	if err != nil {
		return nil, err
	}
	var found []mo.VirtualMachine
	properties := []string{"name", "runtime.powerState", "guest.ipAddress", "config.template", "config.hardware",
		"config.extraConfig"}
	if err := all.Retrieve(ctx, []string{"VirtualMachine"}, properties, &found); err != nil {
		return nil, err
	}
	var vms []vm
	for _, each := range found {
		if each.Config == nil || each.Config.Template {
			continue
		}
		where, err := find.InventoryPath(ctx, client.Client, each.Self)
		if err != nil {
			return nil, err
		}
		vms = append(vms, newVM(each, where))
	}
	slices.SortFunc(vms, func(a, b vm) int { return cmp.Or(cmp.Compare(a.folder, b.folder), cmp.Compare(a.name, b.name)) })
	return vms, nil
}

func newVM(from mo.VirtualMachine, where string) vm {
	v := vm{
		name:   from.Name,
		power:  string(from.Runtime.PowerState),
		folder: path.Dir(where),
		cpus:   from.Config.Hardware.NumCPU,
		ram:    from.Config.Hardware.MemoryMB,
	}
	if from.Guest != nil {
		v.address = from.Guest.IpAddress
	}
	for _, option := range from.Config.ExtraConfig {
		if o := option.GetOptionValue(); strings.HasPrefix(o.Key, "novasphere.") && o.Key != "novasphere.mark" {
			v.records = append(v.records, fmt.Sprintf("%s = %v", o.Key, o.Value))
		}
	}
	slices.Sort(v.records)
	return v
}

func login(ctx context.Context, vars map[string]string) (*govmomi.Client, error) {
	u, err := soap.ParseURL(vars["VSPHERE_SERVER"])
	if err != nil {
		return nil, err
	}
	u.User = url.UserPassword(vars["VSPHERE_USER"], vars["VSPHERE_PASSWORD"])
	wire := soap.NewClient(u, false)
	if err := wire.SetRootCAs(vars["NOVASPHERE_CA_FILE"]); err != nil {
		return nil, err
	}
	vim, err := vim25.NewClient(ctx, wire)
	if err != nil {
		return nil, err
	}
	c := &govmomi.Client{Client: vim, SessionManager: session.NewManager(vim)}
	return c, c.Login(ctx, u.User)
}

// agree compares the outputs with the inventory: every instance exists, is on, and has the address in the outputs.
func agree(o outputs, vms []vm) error {
	for _, name := range slices.Sorted(maps.Keys(o.Addresses)) {
		i := slices.IndexFunc(vms, func(v vm) bool { return v.name == name })
		switch {
		case i < 0:
			return fmt.Errorf("the vCenter knows no %s", name)
		case vms[i].power != string(types.VirtualMachinePowerStatePoweredOn):
			return fmt.Errorf("%s is %s", name, vms[i].power)
		case vms[i].address == "" || vms[i].address != o.Addresses[name]:
			return fmt.Errorf("%s has address %q, the output says %q", name, vms[i].address, o.Addresses[name])
		}
	}
	return nil
}

func printInventory(out io.Writer, vms []vm) {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "\n  VIRTUAL MACHINE\tPOWER\tADDRESS\tCPU\tRAM\tFOLDER")
	for _, v := range vms {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%d\t%d MB\t%s\n", v.name, v.power, cmp.Or(v.address, "-"), v.cpus, v.ram, v.folder)
	}
	_ = table.Flush()
}
