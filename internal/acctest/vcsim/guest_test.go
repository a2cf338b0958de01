// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/machines"
)

const (
	testMAC     = "00:50:56:01:02:03"
	testNetwork = `{"version":2,"ethernets":{"id0":{"match":{"macaddress":"00:50:56:01:02:03"},` +
		`"addresses":["192.0.2.5/26","2001:db8::5/64"],"nameservers":{"addresses":["192.0.2.1"]}}}}`
)

func based(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return based(b.String())
}

// addressed is a configuration with metadata, and a NIC of the address it speaks of.
func (l *lab) addressed(pairs ...string) *types.VirtualMachineConfigSpec {
	nic := *cards(l.see(l.template("debian-12")))[0]
	edit := &types.VirtualVmxnet3{}
	edit.VirtualEthernetCard = nic
	edit.MacAddress, edit.AddressType = testMAC, "manual"
	return &types.VirtualMachineConfigSpec{
		ExtraConfig:  options(pairs...),
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "edit", Device: edit}},
	}
}

func TestStaticAddresses(t *testing.T) {
	t.Parallel()
	plain := fmt.Sprintf(`{"instance-id":"i","local-hostname":"web-1","network":%s}`, testNetwork)
	yaml := "local-hostname: web-1\nnetwork:\n  version: 2\n  ethernets:\n    id0:\n      match: {macaddress: '00:50:56:01:02:03'}\n" +
		"      addresses: [192.0.2.5/26, '2001:db8::5/64']\n      nameservers: {addresses: [192.0.2.1]}\n"
	string64 := fmt.Sprintf(`{"local-hostname":"web-1","network":%q,"network.encoding":"base64"}`, based(testNetwork))
	stringZip := fmt.Sprintf(`{"local-hostname":"web-1","network":%q,"network.encoding":"gzip+base64"}`, zipped(testNetwork))
	l := strict(t)
	for name, pairs := range map[string][]string{
		"plain":               {"guestinfo.metadata", plain},
		"yaml":                {"guestinfo.metadata", yaml},
		"base64":              {"guestinfo.metadata", based(plain), "guestinfo.metadata.encoding", "base64"},
		"gzip":                {"guestinfo.metadata", zipped(plain), "guestinfo.metadata.encoding", "gzip+base64"},
		"alias":               {"guestinfo.metadata", zipped(plain), "guestinfo.metadata.encoding", "gz+b64"},
		"network as a string": {"guestinfo.metadata", string64},
		"network zipped":      {"guestinfo.metadata", stringZip},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vm := l.mustClone(strings.ReplaceAll(name, " ", "-"), l.addressed(pairs...), on)
			g := l.see(vm).Guest
			if g.IpAddress != "192.0.2.5" || g.HostName != "web-1" || g.ToolsRunningStatus != "guestToolsRunning" || g.ToolsStatus != "toolsOk" {
				t.Fatalf("%s, %s, %s, %s", g.IpAddress, g.HostName, g.ToolsRunningStatus, g.ToolsStatus)
			}
			n := g.Net[0]
			if n.MacAddress != testMAC || n.Network != "private" || len(n.IpAddress) != 2 || n.IpAddress[1] != "2001:db8::5" ||
				n.IpConfig.IpAddress[0].PrefixLength != 26 || n.IpConfig.IpAddress[1].PrefixLength != 64 || n.DnsConfig.IpAddress[0] != "192.0.2.1" {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestLeasedAddresses(t *testing.T) {
	t.Parallel()
	l := strict(t)
	a, b := l.mustClone("a", nil, on), l.mustClone("b", nil, on)
	first, second := l.see(a).Guest, l.see(b).Guest
	if !strings.HasPrefix(first.IpAddress, "10.") || first.IpAddress == second.IpAddress ||
		first.IpAddress[:strings.LastIndex(first.IpAddress, ".")] != second.IpAddress[:strings.LastIndex(second.IpAddress, ".")] {
		t.Errorf("%s and %s", first.IpAddress, second.IpAddress)
	}
	if p := first.Net[0].IpConfig.IpAddress[0].PrefixLength; p != 24 {
		t.Errorf("prefix length %d", p)
	}
	_, err := l.task(a.PowerOff(l.ctx))
	l.ok(err)
	off := l.see(a)
	if off.Guest.IpAddress != "" || off.Summary.Guest.IpAddress != "" || off.Guest.ToolsRunningStatus != "guestToolsNotRunning" ||
		off.Guest.Net[0].IpAddress != nil {
		t.Errorf("powered off: %+v", off.Guest)
	}
	_, err = l.task(a.PowerOn(l.ctx))
	l.ok(err)
	if again := l.see(a).Guest.IpAddress; again != first.IpAddress {
		t.Errorf("%s became %s", first.IpAddress, again)
	}
	l.ok(l.reconfigure(a, types.VirtualMachineConfigSpec{DeviceChange: nicOn(l.network("public"))}))
	if n := l.see(a).Guest.Net; len(n) != 2 || n[1].Network != "public" || len(n[1].IpAddress) != 1 {
		t.Errorf("after a NIC was added: %+v", n)
	}

	u := unmodified(t)
	if ip := u.see(u.mustClone("a", nil, on)).Guest.IpAddress; ip != "" {
		t.Errorf("the simulator has learnt: %s", ip)
	}
}

func TestEveryWayToPowerOn(t *testing.T) {
	t.Parallel()
	l := strict(t)
	dc, err := l.find.Datacenter(l.ctx, "dc1")
	l.ok(err)
	vm := l.mustClone("a", nil)
	_, err = l.task(dc.PowerOnVM(l.ctx, []types.ManagedObjectReference{vm.Reference()}))
	l.ok(err)
	l.soon("an address", func() bool { return l.see(vm).Guest.IpAddress != "" })
	_, err = l.task(vm.Reset(l.ctx))
	l.ok(err)
	if l.see(vm).Guest.IpAddress == "" {
		t.Error("no address after a reset")
	}
	l.ok(l.reconfigure(vm, types.VirtualMachineConfigSpec{ExtraConfig: options("guestinfo.metadata", `{"local-hostname":"later"}`)}))
	if host := l.see(vm).Guest.HostName; host == "later" {
		t.Error("the guest read its metadata without a boot")
	}
	l.ok(vm.RebootGuest(l.ctx))
	if host := l.see(vm).Guest.HostName; host != "later" {
		t.Errorf("host name %q after a reboot", host)
	}
}

func TestWaitForAddress(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", nil)
	seen := make(chan string, 1)
	ctx, cancel := context.WithTimeout(l.ctx, time.Minute)
	defer cancel()
	go func() {
		_ = property.Wait(ctx, property.DefaultCollector(l.c.Client), vm.Reference(), []string{"guest.ipAddress"},
			func(changes []types.PropertyChange) bool {
				for _, c := range changes {
					if ip, _ := c.Val.(string); ip != "" {
						seen <- ip
						return true
					}
				}
				return false
			})
		close(seen)
	}()
	time.Sleep(50 * time.Millisecond)
	other, err := l.v.Client(l.ctx)
	l.ok(err)
	task, err := vm.PowerOn(l.ctx)
	l.ok(err)
	l.soon("the task", func() bool {
		var m mo.Task
		l.ok(other.RetrieveOne(l.ctx, task.Reference(), []string{"info"}, &m))
		return m.Info.State == types.TaskInfoStateSuccess
	})
	if ip := <-seen; !strings.HasPrefix(ip, "10.") {
		t.Errorf("the waiter saw %q", ip)
	}
}

func TestSilentGuest(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", &types.VirtualMachineConfigSpec{ExtraConfig: options(SilentGuest, "TRUE")}, on)
	if g := l.see(vm).Guest; g.IpAddress != "" || g.ToolsRunningStatus == "guestToolsRunning" {
		t.Errorf("%+v", g)
	}
	faults(t, vm.ShutdownGuest(l.ctx), &types.ToolsUnavailable{})
	faults(t, vm.RebootGuest(l.ctx), &types.ToolsUnavailable{})
	faults(t, vm.StandbyGuest(l.ctx), &types.ToolsUnavailable{})
	image := l.mustClone("image", &types.VirtualMachineConfigSpec{ExtraConfig: options(SilentGuest, "TRUE")},
		func(s *types.VirtualMachineCloneSpec) { s.Template = true })
	pool := l.pool.Reference()
	ref, err := l.task(image.Clone(l.ctx, l.folder, "b", types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &pool}, PowerOn: true,
	}))
	l.ok(err)
	var m mo.VirtualMachine
	l.ok(l.c.RetrieveOne(l.ctx, ref, []string{"guest"}, &m))
	if m.Guest.IpAddress != "" {
		t.Error("the clone of a silent template spoke")
	}
}

// lateLab is a machine with two NICs, cloned from a template that says when its guests report what.
func lateLab(t *testing.T, late string) (*lab, *object.VirtualMachine) {
	t.Helper()
	l := strict(t)
	image := l.mustClone("image", &types.VirtualMachineConfigSpec{
		ExtraConfig: options(LateGuest, late), DeviceChange: nicOn(l.network("public")),
	}, func(s *types.VirtualMachineCloneSpec) { s.Template = true })
	pool := l.pool.Reference()
	ref, err := l.task(image.Clone(l.ctx, l.folder, "late", types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &pool},
	}))
	l.ok(err)
	return l, object.NewVirtualMachine(l.c.Client, ref)
}

// watch boots a machine, and gives what a waiting client sees of its guest until there are so many addresses.
func (l *lab) watch(vm *object.VirtualMachine, addresses int) (seen []string) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.ctx, time.Minute)
	defer cancel()
	_, err := l.task(vm.PowerOn(ctx))
	l.ok(err)
	err = property.Wait(ctx, property.DefaultCollector(l.c.Client), vm.Reference(), []string{"guest.ipAddress", "guest.net"},
		func([]types.PropertyChange) bool {
			g, n, now := l.see(vm, "guest").Guest, 0, ""
			for _, nic := range g.Net {
				n += len(nic.IpAddress)
				now += fmt.Sprint(nic.IpAddress)
			}
			if now += " " + g.IpAddress; len(seen) == 0 || seen[len(seen)-1] != now {
				seen = append(seen, now)
			}
			return n >= addresses
		})
	l.ok(err)
	return seen
}

func TestLateNIC(t *testing.T) {
	t.Parallel()
	l, vm := lateLab(t, "1=3s") // a busy machine may need a second to see the first NIC alone
	begun := time.Now()
	seen := l.watch(vm, 2)
	net := l.see(vm).Guest.Net
	first, second := net[0].IpAddress[0], net[1].IpAddress[0]
	if want := fmt.Sprintf("[%s][] %[1]s|[%[1]s][%s] %[1]s", first, second); strings.Join(seen, "|") != want ||
		time.Since(begun) < 3*time.Second {
		t.Errorf("%q after %s, not %q", seen, time.Since(begun), want)
	}
	_, err := l.task(vm.Reset(l.ctx))
	l.ok(err)
	if net := l.see(vm).Guest.Net; len(net) != 2 || net[0].IpAddress == nil || net[1].IpAddress != nil {
		t.Errorf("after a boot: %+v", net)
	}
	_, err = l.task(vm.PowerOff(l.ctx))
	l.ok(err)
	time.Sleep(3100 * time.Millisecond)
	if g := l.see(vm).Guest; g.Net[1].IpAddress != nil || g.ToolsRunningStatus == "guestToolsRunning" {
		t.Errorf("a guest that is off reports %+v", g)
	}
}

func TestIPv6First(t *testing.T) {
	t.Parallel()
	l, vm := lateLab(t, "v6first=3s, 1=6s")
	seen := l.watch(vm, 4)
	net := l.see(vm).Guest.Net
	v6, v4 := net[0].IpAddress[0], net[0].IpAddress[1]
	if !strings.HasPrefix(v6, "2001:db8::") || !strings.HasPrefix(v4, "10.") || net[0].IpConfig.IpAddress[0].PrefixLength != 64 {
		t.Errorf("%+v", net[0])
	}
	want := []string{
		fmt.Sprintf("[%s][] %[1]s", v6), fmt.Sprintf("[%s %s][] %[2]s", v6, v4),
		fmt.Sprintf("[%s %s][%s] %[2]s", v6, v4, net[1].IpAddress[0]), fmt.Sprintf("%v%v %s", net[0].IpAddress, net[1].IpAddress, v4),
	}
	if !slices.Equal(seen, want) {
		t.Errorf("%q, not %q", seen, want)
	}
	plain := l.mustClone("plain", &types.VirtualMachineConfigSpec{ExtraConfig: options(LateGuest, "v6first")}, on)
	if ips := l.see(plain).Guest.Net[0].IpAddress; len(ips) != 2 || !strings.HasPrefix(ips[0], "2001:") {
		t.Errorf("%v", ips)
	}
	for _, wrong := range []string{"1", "x=1s", "1=soon", "-1=1s", "1=-1s", "v6first=x"} {
		_, err := l.clone("wrong", &types.VirtualMachineConfigSpec{ExtraConfig: options(LateGuest, wrong)})
		faults(t, err, &types.InvalidArgument{})
	}
}

func TestCustomizedGuest(t *testing.T) {
	t.Parallel()
	l := strict(t)
	fixed := types.CustomizationSpec{
		Identity: &types.CustomizationLinuxPrep{HostName: &types.CustomizationFixedName{Name: "web"}, Domain: "example.org"},
		NicSettingMap: []types.CustomizationAdapterMapping{{Adapter: types.CustomizationIPSettings{
			Ip: &types.CustomizationFixedIp{IpAddress: "192.0.2.9"}, SubnetMask: "255.255.255.0",
		}}},
	}
	vm := l.mustClone("a", nil, on, func(s *types.VirtualMachineCloneSpec) { s.Customization = &fixed })
	for range 2 { // and once more after a boot
		if g := l.see(vm).Guest; g.IpAddress != "192.0.2.9" || g.Net[0].IpAddress[0] != "192.0.2.9" ||
			g.ToolsRunningStatus != "guestToolsRunning" {
			t.Errorf("%s, %s, %+v", g.IpAddress, g.ToolsRunningStatus, g.Net)
		}
		_, err := l.task(vm.Reset(l.ctx))
		l.ok(err)
	}
	none := fixed
	none.NicSettingMap = nil
	_, err := l.clone("b", nil, func(s *types.VirtualMachineCloneSpec) { s.Customization = &none })
	faults(t, err, &types.NicSettingMismatch{})
	l.absent("b")
}

func TestShutdownGuest(t *testing.T) {
	t.Parallel()
	l := strict(t)
	vm := l.mustClone("a", nil, on)
	asked := time.Now()
	l.ok(vm.ShutdownGuest(l.ctx))
	state := l.see(vm, "runtime.powerState").Runtime.PowerState
	if took := time.Since(asked); took < machines.ShutdownTime && state != types.VirtualMachinePowerStatePoweredOn {
		t.Errorf("%s after %s", state, took)
	}
	l.soon("powered off", func() bool {
		return l.see(vm, "runtime.powerState").Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff
	})
	faults(t, vm.ShutdownGuest(l.ctx), &types.InvalidPowerState{})
}
