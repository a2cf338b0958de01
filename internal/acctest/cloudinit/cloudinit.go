// SPDX-License-Identifier: MPL-2.0

// Package cloudinit runs the cloud-init of Debian's package on what a guest is told, and returns the files it writes, without a guest.
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

// interpreter is the Python that Debian's packages are installed for.
const interpreter = "/usr/bin/python3"

// Told is what a guest finds: the values of guestinfo.metadata and guestinfo.userdata, the text of network_data.json on its config drive,
// and the names of its network interfaces by MAC address. Empty fields are left out.
type Told struct {
	Metadata    string            `json:"metadata,omitempty"`
	UserData    string            `json:"userdata,omitempty"`
	NetworkData string            `json:"network_data,omitempty"`
	MACs        map[string]string `json:"macs"`
}

// Files are the files that one renderer writes, by path.
type Files map[string]string

// Made is cloud-init's output: files by renderer (eni, netplan, network-manager, sysconfig), for each of the two ways to tell a guest
// about its network. A file named error holds the error of a renderer that failed.
type Made struct {
	Hostname    string           `json:"hostname"`
	UserData    string           `json:"userdata"`
	Guestinfo   map[string]Files `json:"guestinfo"`
	ConfigDrive map[string]Files `json:"config-drive"`
}

// place names the variable with the directory of an unpacked cloud-init; if unset, Python searches its own path.
const place = "TEST_CLOUD_INIT"

func python(ctx context.Context, arguments ...string) *exec.Cmd {
	run := exec.CommandContext(ctx, interpreter, arguments...)
	run.Env = append(os.Environ(), "PYTHONPATH="+os.Getenv(place), "PYTHONDONTWRITEBYTECODE=1")
	return run
}

// Need skips a test if Debian's cloud-init is not installed, and fails it if the environment promised one.
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

// Read runs cloud-init on what a guest is told.
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
