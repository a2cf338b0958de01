// Package cloudinit has the cloud-init of Debian's package read what a guest is told, and gives what it writes: a guest without a guest.
package cloudinit

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

//go:embed render.py
var script string

// interpreter is the one that Debian's packages are for.
const interpreter = "/usr/bin/python3"

// Told is what a guest finds: the values of guestinfo.metadata and guestinfo.userdata, the text of network_data.json on its config drive,
// and the names of its cards by their MAC. What is empty is left out.
type Told struct {
	Metadata    string            `json:"metadata,omitempty"`
	UserData    string            `json:"userdata,omitempty"`
	NetworkData string            `json:"network_data,omitempty"`
	MACs        map[string]string `json:"macs"`
}

// Files are what one renderer writes, by path.
type Files map[string]string

// Made is what cloud-init makes of it: files by renderer (eni, netplan, network-manager, sysconfig), for each of the two ways in which a
// guest is told of its network. A file called error holds what a renderer fails with.
type Made struct {
	Hostname    string           `json:"hostname"`
	UserData    string           `json:"userdata"`
	Guestinfo   map[string]Files `json:"guestinfo"`
	ConfigDrive map[string]Files `json:"config-drive"`
}

// place is where cloud-init lies unpacked; empty: where Python looks by itself.
const place = "TEST_CLOUD_INIT"

func python(ctx context.Context, arguments ...string) *exec.Cmd {
	run := exec.CommandContext(ctx, interpreter, arguments...)
	run.Env = append(os.Environ(), "PYTHONPATH="+os.Getenv(place), "PYTHONDONTWRITEBYTECODE=1")
	return run
}

// Need skips a test where Debian's cloud-init is not there, and fails it where it was said to be.
func Need(t testing.TB) {
	t.Helper()
	err := python(t.Context(), "-c", "import cloudinit.sources.DataSourceVMware").Run()
	switch {
	case err == nil:
	case os.Getenv(place) != "":
		t.Fatalf("there is no cloud-init in %s: %v", os.Getenv(place), err)
	default:
		t.Skip("cloud-init of Debian 12 is not here: make test-cloud-init fetches it")
	}
}

// Read has cloud-init read what a guest is told.
func Read(t testing.TB, told Told) (made Made) {
	t.Helper()
	Need(t)
	in, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	run := python(t.Context(), "-c", script)
	run.Stdin = bytes.NewReader(in)
	var wrong bytes.Buffer
	run.Stderr = &wrong
	out, err := run.Output()
	if err != nil {
		t.Fatalf("cloud-init fails: %v\n%s", err, wrong.String())
	}
	if err := json.Unmarshal(out, &made); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return made
}
