// SPDX-License-Identifier: MPL-2.0

package esx

import (
	"crypto/sha1" //nolint:gosec // the vSphere API's thumbprints are SHA-1
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// cabled returns a host with a management interface on a standard switch, another standard switch, and one interface on the switch "a",
// which has the adapters vmnic2 and vmnic3. The switch "b" has vmnic4.
func cabled() mo.HostSystem {
	network := &types.HostNetworkInfo{
		Vswitch: []types.HostVirtualSwitch{{Name: "vSwitch0", Key: "s0", Pnic: []string{"p0"}},
			{Name: "vSwitch1", Key: "s1", Pnic: []string{"p1"}}},
		Portgroup: []types.HostPortGroup{{Vswitch: "s0", Spec: types.HostPortGroupSpec{Name: "Management Network", VswitchName: "vSwitch0"}}},
		Vnic: []types.HostVirtualNic{{Device: "vmk0", Portgroup: "Management Network"},
			{Device: "vmk1", Spec: types.HostVirtualNicSpec{
				DistributedVirtualPort: &types.DistributedVirtualSwitchPortConnection{SwitchUuid: "uuid-a"}}}},
		ProxySwitch: []types.HostProxySwitch{{DvsName: "a", DvsUuid: "uuid-a", Pnic: []string{"p2", "p3"}},
			{DvsName: "b", DvsUuid: "uuid-b", Pnic: []string{"p4"}}},
	}
	for i := range 5 {
		network.Pnic = append(network.Pnic, types.PhysicalNic{Key: fmt.Sprint("p", i), Device: fmt.Sprint("vmnic", i)})
	}
	host := mo.HostSystem{Config: &types.HostConfigInfo{Network: network}}
	host.Name = "esx-1"
	return host
}

func TestAdaptersFree(t *testing.T) {
	t.Parallel()
	const add, edit, remove = types.ConfigSpecOperationAdd, types.ConfigSpecOperationEdit, types.ConfigSpecOperationRemove
	on := func(uuid string, adapters ...string) openstack.SwitchMembership {
		return openstack.SwitchMembership{Switch: strings.TrimPrefix(uuid, "uuid-"), UUID: uuid, Adapters: adapters}
	}
	for name, c := range map[string]struct {
		uuid      string
		operation types.ConfigSpecOperation
		adapters  []string
		others    []openstack.SwitchMembership // wanted besides the change
		want      string
	}{
		"none is as good as removed":  {"uuid-a", edit, nil, nil, `carries the vmkernel interface "vmk1"`},
		"removed under its interface": {"uuid-a", remove, nil, nil, `carries the vmkernel interface "vmk1"`},
		"one stays":                   {"uuid-a", edit, []string{"vmnic3"}, nil, ""},
		"nothing on it":               {"uuid-b", remove, nil, nil, ""},
		"of the management": {"uuid-c", add, []string{"vmnic0"}, nil,
			`vmnic0 of the ESX host esx-1 carries the vmkernel interface "vmk0", on the standard switch vSwitch0`},
		"of a standard switch": {"uuid-c", add, []string{"vmnic1"}, nil, "is an uplink of the standard switch vSwitch1"},
		"of another that keeps it": {"uuid-c", add, []string{"vmnic4"}, []openstack.SwitchMembership{on("uuid-b", "vmnic4")},
			"is an uplink of the switch b"},
		"of another that lets it go":      {"uuid-c", add, []string{"vmnic4"}, []openstack.SwitchMembership{on("uuid-b")}, ""},
		"of another that the host leaves": {"uuid-c", add, []string{"vmnic4"}, nil, ""},
		"that it has not":                 {"uuid-c", add, []string{"vmnic9"}, nil, `no physical adapter "vmnic9" in the ESX host esx-1`},
		"without any":                     {"uuid-c", add, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := membershipChange{operation: c.operation, adapters: c.adapters}
			change.on.Uuid, change.on.Name = c.uuid, strings.TrimPrefix(c.uuid, "uuid-")
			err := adaptersFree(cabled(), change, append(c.others, on(c.uuid, c.adapters...)))
			if err == nil && c.want != "" || err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, not %q", err, c.want)
			}
		})
	}
}

// A vCenter returns a thumbprint, or if it is newer the certificate itself, or nothing.
func TestPresentedThumbprint(t *testing.T) {
	t.Parallel()
	der := []byte("any bytes will do")
	sum := sha1.Sum(der) //nolint:gosec // thumbprints are SHA-1
	want := strings.ToUpper(strings.ReplaceAll(fmt.Sprintf("% x", sum[:]), " ", ":"))
	fault := func(f types.BaseMethodFault) error {
		return &faults.TaskError{LocalizedMethodFault: &types.LocalizedMethodFault{Fault: f}}
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"thumbprint":  {fault(&types.SSLVerifyFault{Thumbprint: "AA:BB"}), "AA:BB"},
		"certificate": {fault(&types.SSLVerifyFault{Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}), want},
		"nothing":     {fault(&types.SSLVerifyFault{}), ""},
		"another":     {fault(&types.InvalidLogin{}), ""},
		"none":        {nil, ""},
	} {
		if have := presentedThumbprint(c.err); have != c.want {
			t.Errorf("%s: %q, not %q", name, have, c.want)
		}
	}
	if err := nodeRefused(openstack.ComputeNode{Hostname: "esx-1"}, fault(&types.SSLVerifyFault{})); !strings.Contains(err.Error(),
		"does not say which it presents") {
		t.Error(err)
	}
	if err := nodeRefused(openstack.ComputeNode{Hostname: "esx-1"},
		fault(&types.AlreadyBeingManaged{IpAddress: "192.0.2.7"})); !strings.Contains(err.Error(), "another vCenter, at 192.0.2.7") {
		t.Error(err)
	}
}
