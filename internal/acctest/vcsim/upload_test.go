// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/nfc"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// uploadLab imports machines of one disk of 4 MiB.
type uploadLab struct {
	*diskLab
	disk []byte
}

func uploadLabOf(t *testing.T, knobs UploadKnobs) *uploadLab {
	t.Helper()
	l := &uploadLab{diskLab: diskLabOf(t, Options{Uploads: knobs}), disk: make([]byte, 4<<20)}
	copy(l.disk[1<<20:], bytes.Repeat([]byte("stream"), 50_000))
	copy(l.disk[len(l.disk)-3:], "end")
	return l
}

func (l *uploadLab) importSpec(name string) *types.VirtualMachineImportSpec {
	controller := &types.ParaVirtualSCSIController{}
	controller.Key, controller.SharedBus = -1, types.VirtualSCSISharingNoSharing
	disk := &types.VirtualDisk{CapacityInBytes: int64(len(l.disk)), CapacityInKB: int64(len(l.disk)) / 1024}
	disk.Key, disk.ControllerKey, disk.UnitNumber = -2, -1, types.NewInt32(0)
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{DiskMode: "persistent", ThinProvisioned: types.NewBool(true)}
	return &types.VirtualMachineImportSpec{ConfigSpec: types.VirtualMachineConfigSpec{
		Name: name, GuestId: "otherGuest64", NumCPUs: 1, MemoryMB: 64, Files: &types.VirtualMachineFileInfo{VmPathName: "[vmfs-1]"},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			&types.VirtualDeviceConfigSpec{Operation: "add", Device: controller},
			&types.VirtualDeviceConfigSpec{Operation: "add", FileOperation: "create", Device: disk},
		}}}
}

// lease imports a machine named a and waits until its disk can be sent.
func (l *uploadLab) lease() (*nfc.Lease, *nfc.LeaseInfo) {
	l.Helper()
	lease, err := l.pool.ImportVApp(l.ctx, l.importSpec("a"), l.folder, nil)
	l.ok(err)
	info, err := lease.Wait(l.ctx, nil)
	l.ok(err)
	return lease, info
}

// send posts a disk as a client does, or less of it than is announced.
func (l *uploadLab) send(info *nfc.LeaseInfo, stream []byte, announced int) error {
	return l.c.Client.Client.Upload(l.ctx, bytes.NewReader(stream), info.Items[0].URL,
		&soap.Upload{Method: http.MethodPost, Type: vmdkStream, ContentLength: int64(announced)})
}

// post sends a request of any kind and gives its status.
func (l *uploadLab) post(info *nfc.LeaseInfo, method, kind string, body io.Reader) int {
	l.Helper()
	req, err := http.NewRequestWithContext(l.ctx, method, info.Items[0].URL.String(), body)
	l.ok(err)
	req.Header.Set("Content-Type", kind)
	res, err := l.c.Client.Client.Client.Do(req)
	l.ok(err)
	defer res.Body.Close()
	return res.StatusCode
}

// failure waits until a lease has an error and gives that.
func (l *uploadLab) failure(lease *nfc.Lease) types.BaseMethodFault {
	l.Helper()
	for range 200 {
		p, err := lease.Properties(l.ctx, "state", "error")
		l.ok(err)
		if p.State == types.HttpNfcLeaseStateError {
			return p.Error.Fault
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.Fatal("the lease has no error")
	return nil
}

const vmdkStream = "application/x-vnd.vmware-streamVmdk"

func TestUploadIsKept(t *testing.T) {
	t.Parallel()
	l := uploadLabOf(t, UploadKnobs{})
	lease, info := l.lease()
	vm := object.NewVirtualMachine(l.c.Client, info.Entity)
	l.ok(lease.Progress(l.ctx, 5))
	l.ok(l.send(info, uploadOf(l.disk), len(uploadOf(l.disk))))
	manifest, err := lease.GetManifest(l.ctx)
	l.ok(err)
	if len(manifest) != 1 || manifest[0].Size != int64(len(uploadOf(l.disk))) || manifest[0].Capacity != int64(len(l.disk)) {
		t.Errorf("manifest %+v", manifest)
	}
	faults(t, l.done(vm.PowerOn(l.ctx)), &types.TaskInProgress{})
	faults(t, l.done(vm.Destroy(l.ctx)), &types.TaskInProgress{})
	faults(t, vm.MarkAsTemplate(l.ctx), &types.InvalidState{})
	l.ok(lease.Complete(l.ctx))
	faults(t, lease.Complete(l.ctx), &types.InvalidState{})
	faults(t, lease.Abort(l.ctx, nil), &types.InvalidState{})
	l.ok(vm.MarkAsTemplate(l.ctx))
	if l.content("[vmfs-1] a/a.vmdk") != string(l.disk) {
		t.Error("the disk holds something else")
	}
	got, _, err := l.store.Download(l.ctx, "a/a-flat.vmdk", &soap.DefaultDownload)
	l.ok(err)
	defer got.Close()
	if b, err := io.ReadAll(got); err != nil || !bytes.Equal(b, l.disk) {
		t.Errorf("the datastore gives %d bytes, %v", len(b), err)
	}
	pool := l.pool.Reference()
	_, err = l.task(vm.Clone(l.ctx, l.folder, "b",
		types.VirtualMachineCloneSpec{Location: types.VirtualMachineRelocateSpec{Pool: &pool}}))
	l.ok(err)
	if l.content("[vmfs-1] b/b.vmdk") != string(l.disk) {
		t.Error("the clone's disk holds something else")
	}
	if n := l.v.Calls()["POST /nfc/{id}/disk-0.vmdk"]; n != 1 {
		t.Errorf("%d uploads counted", n)
	}
}

func TestUploadOfAnotherHost(t *testing.T) {
	t.Parallel()
	l := uploadLabOf(t, UploadKnobs{})
	_, info := l.lease()
	u := info.Items[0].URL
	if u.Host == l.v.Server() || strings.HasPrefix(u.Host, "127.") {
		t.Errorf("the lease names %s, the vCenter is %s", u.Host, l.v.Server())
	}
	other, err := l.v.Client(l.ctx)
	l.ok(err)
	p := soap.DefaultUpload
	p.Method, p.Type, p.ContentLength = http.MethodPost, vmdkStream, int64(len(l.disk))
	err = other.Client.Client.Upload(l.ctx, bytes.NewReader(l.disk), u, &p)
	if !soap.IsCertificateUntrusted(err) {
		t.Errorf("without the lease's thumbprint: %v", err)
	}
	for _, knobs := range []UploadKnobs{{UnknownHost: true}, {ClosedPort: true}} {
		l := uploadLabOf(t, knobs)
		lease, info := l.lease()
		if err := l.send(info, uploadOf(l.disk), len(uploadOf(l.disk))); err == nil {
			t.Errorf("%+v is reached", knobs)
		}
		l.ok(lease.Abort(l.ctx, nil))
		l.absent("a")
	}
}

// TestUploadMustBeAnnounced: by method, type and length. A host that is asked in another way leaves the lease as it is.
func TestUploadMustBeAnnounced(t *testing.T) {
	t.Parallel()
	l := uploadLabOf(t, UploadKnobs{})
	lease, info := l.lease()
	stream := uploadOf(l.disk)
	for want, status := range map[int]int{
		http.StatusMethodNotAllowed:     l.post(info, http.MethodPut, vmdkStream, bytes.NewReader(stream)),
		http.StatusUnsupportedMediaType: l.post(info, http.MethodPost, "application/octet-stream", bytes.NewReader(stream)),
		http.StatusLengthRequired:       l.post(info, http.MethodPost, vmdkStream, io.MultiReader(bytes.NewReader(stream))),
		http.StatusOK:                   l.post(info, http.MethodPost, vmdkStream, bytes.NewReader(stream)),
	} {
		if status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
	l.ok(lease.Complete(l.ctx))
	if status := l.post(info, http.MethodPost, vmdkStream, bytes.NewReader(stream)); status != http.StatusNotFound {
		t.Errorf("status %d after the lease", status)
	}
	l = uploadLabOf(t, UploadKnobs{ChunkedOK: true})
	_, info = l.lease()
	if status := l.post(info, http.MethodPost, vmdkStream, io.MultiReader(bytes.NewReader(stream))); status != http.StatusOK {
		t.Errorf("status %d of a host that takes chunks", status)
	}
}

// TestUploadMustBeAStream: what is wrong with it is the lease's error, and the machine goes.
func TestUploadMustBeAStream(t *testing.T) {
	t.Parallel()
	l := uploadLabOf(t, UploadKnobs{})
	good := uploadOf(l.disk)
	for name, bad := range map[string][]byte{
		"raw":            l.disk,
		"version":        spoiled(good, 4, 1),
		"descriptor":     bytes.Replace(good, []byte("streamOptimized"), []byte("monolithicFlat."), 1),
		"too large":      uploadOf(make([]byte, len(l.disk)+1<<20)),
		"cut off":        good[:len(good)/2/512*512],
		"no end":         good[:len(good)-512],
		"more":           append(bytes.Clone(good), 1),
		"grain":          spoiled(good, 128*512+20, 0xff, 0xff, 0xff),
		"grain's place":  spoiled(good, 128*512, 1),
		"footer":         spoiled(good, -1024+56, 1),
		"footer's magic": spoiled(good, -1024, 'X'),
		"empty":          {},
	} {
		lease, info := l.lease()
		if err := l.send(info, bad, len(bad)); err == nil {
			t.Errorf("%s is taken", name)
		}
		if _, ok := l.failure(lease).(*types.InvalidDiskFormat); !ok {
			t.Errorf("%s: the lease's error is %T", name, l.failure(lease))
		}
		l.absent("a")
		if _, err := os.Stat(l.local("[vmfs-1] a/a.vmdk")); err == nil {
			t.Errorf("%s: files are left", name)
		}
	}
}

func TestLeaseTimesOut(t *testing.T) {
	t.Parallel()
	l := uploadLabOf(t, UploadKnobs{LeaseTime: 2 * time.Second, ReadyTime: 50 * time.Millisecond})
	lease, info := l.lease()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		l.ok(lease.Progress(l.ctx, 1))
	}
	var m mo.VirtualMachine
	l.ok(l.c.RetrieveOne(l.ctx, info.Entity, []string{"name"}, &m))
	if _, ok := l.failure(lease).(*types.Timedout); !ok {
		t.Error("the lease has another error")
	}
	faults(t, lease.Progress(l.ctx, 1), &types.Timedout{})
	l.absent("a")
}

// TestLostUpload: a connection that breaks leaves the lease, and the disk can be sent anew.
func TestLostUpload(t *testing.T) {
	t.Parallel()
	l := uploadLabOf(t, UploadKnobs{})
	lease, info := l.lease()
	stream := uploadOf(l.disk)
	if err := l.send(info, stream[:66_000], len(stream)); err == nil {
		t.Error("half a stream is taken")
	}
	l.ok(lease.Progress(l.ctx, 1))
	l.ok(l.send(info, stream, len(stream)))
	l.ok(lease.Complete(l.ctx))
	if l.content("[vmfs-1] a/a.vmdk") != string(l.disk) {
		t.Error("the disk holds something else")
	}
}

// TestImportIsRefused: what is wrong with the machine is the lease's error.
func TestImportIsRefused(t *testing.T) {
	t.Parallel()
	l := uploadLabOf(t, UploadKnobs{})
	l.mustClone("a", nil)
	for want, name := range map[types.BaseMethodFault]string{&types.DuplicateName{}: "a", &types.InvalidName{}: ""} {
		lease, err := l.pool.ImportVApp(l.ctx, l.importSpec(name), l.folder, nil)
		l.ok(err)
		_, err = lease.Wait(l.ctx, nil)
		faults(t, err, want)
	}
}

// TestUploadOfQemu: what qemu-img makes is a stream, and comes back as it was.
func TestUploadOfQemu(t *testing.T) {
	t.Parallel()
	qemu, err := exec.LookPath("qemu-img")
	if err != nil {
		t.Skip("qemu-img is not installed")
	}
	l := uploadLabOf(t, UploadKnobs{})
	raw, made := filepath.Join(t.TempDir(), "a.raw"), filepath.Join(t.TempDir(), "a.vmdk")
	l.ok(os.WriteFile(raw, l.disk, 0o600))
	if out, err := exec.CommandContext(l.ctx, qemu, "convert", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, made).
		CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	stream, err := os.ReadFile(made)
	l.ok(err)
	lease, info := l.lease()
	l.ok(l.send(info, stream, len(stream)))
	l.ok(lease.Complete(l.ctx))
	if l.content("[vmfs-1] a/a.vmdk") != string(l.disk) {
		t.Error("the disk holds something else")
	}
}
