// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// serial gives a VM a serial port.
func (l *lab) serial(vm types.ManagedObjectReference, backing types.BaseVirtualDeviceBackingInfo) {
	l.t.Helper()
	ctx := context.Background()
	err := object.NewVirtualMachine(l.Client().Client, vm).AddDevice(ctx, &types.VirtualSerialPort{
		VirtualDevice: types.VirtualDevice{Key: -1, Backing: backing}, YieldOnPoll: true})
	if err != nil {
		l.t.Fatal(err)
	}
}

// logging gives a VM a serial port that writes to a file, unless it has one, and the file this text; there is no file without.
func (l *lab) logging(vm mo.VirtualMachine, text string) {
	l.t.Helper()
	folder := strings.TrimSuffix(vm.Config.Files.VmPathName, vm.Name+".vmx")
	if !slices.ContainsFunc(l.VM("OpenStack/"+vm.Name).Config.Hardware.Device, func(device types.BaseVirtualDevice) bool {
		_, is := device.(*types.VirtualSerialPort)
		return is
	}) {
		l.serial(vm.Self, &types.VirtualSerialPortFileBackingInfo{VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{
			FileName: folder + "serial.log"}})
	}
	if text == "" {
		return
	}
	store, inside, _ := strings.Cut(strings.TrimPrefix(folder, "["), "] ")
	on, err := find.NewFinder(l.Client().Client).Datastore(context.Background(), l.Datacenter(1)+"/datastore/"+store)
	if err == nil {
		err = on.Upload(context.Background(), strings.NewReader(text), inside+"serial.log", &soap.DefaultUpload)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestActionConsoleLog: the last lines of the file that a serial port writes to, without what would steer a terminal; refused where the
// port writes to a concentrator, whose address is told without its password, and where there is none.
func TestActionConsoleLog(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	bare, _ := l.made("bare")
	l.refused(console, id(bare), "instance_id", "bare has no console log", "no serial port")

	far, vm := l.made("far")
	l.serial(vm.Self, &types.VirtualSerialPortURIBackingInfo{VirtualDeviceURIBackingInfo: types.VirtualDeviceURIBackingInfo{
		ServiceURI: "nova", Direction: "server", ProxyURI: "telnet://user:secret@vspc.example.org:13370"}})
	l.refused(console, id(far), "instance_id", "telnet://vspc.example.org:13370", "serial_log_dir")

	near, vm := l.made("near")
	l.logging(vm, "")
	l.refused(console, id(near), "", "the file is not there")
	l.logging(vm, strings.Repeat("long before\r\n", 20000)+"first\r\n\x1b[1;32mgreen\x1b[0m\x07\r\nlogin: \r\n")
	l.ResetCalls()
	if text := l.done(console, id(near, "length", 3)); text != "\nfirst\ngreen\nlogin: " {
		t.Errorf("%q", text)
	}
	l.counted(map[string]int{"GET /folder/{file}": 1, "ReconfigVM_Task": 0})
	if text := l.done(console, id(near)); len(text) > 100<<10 || !strings.HasSuffix(text, "login: ") || !strings.Contains(text, "long "+
		"before") {
		t.Errorf("%d bytes", len(text))
	}
}
