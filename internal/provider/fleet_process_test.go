// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// fleetEnv makes this test binary the vCenter of a fleet instead of running tests: "100 made" or "100 described". The simulator has its
// own process so that the measurements, and a profile, contain the provider's work alone. That process makes the fleet too: the profile
// of a plan contains no creation.
const fleetEnv = "NOVASPHERE_TEST_FLEET"

// vcenterOf is what a fleet's process sends to the one that measures.
type vcenterOf struct {
	Settings map[string]any // the provider's arguments
	Members  []*member
}

// startFleet starts a vCenter in its own process, with n instances, or only with what n instances need. It serves until end is called, or
// until this process ends.
func startFleet(n int, made bool) (there vcenterOf, end func(), err error) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fleetEnv+"="+strconv.Itoa(n)+map[bool]string{false: " described", true: " made"}[made])
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err, err2); err != nil {
		return there, nil, err
	}
	if err := cmd.Start(); err != nil {
		return there, nil, err
	}
	end = sync.OnceFunc(func() {
		_ = stdin.Close()
		_ = cmd.Wait() // its result does not matter any more
	})
	if err := json.NewDecoder(stdout).Decode(&there); err != nil {
		end()
		return there, nil, fmt.Errorf("the fleet's vCenter has not come up, see above: %w", err)
	}
	return there, end, nil
}

// serveFleet is the other side of startFleet: it writes to out what exists, and serves until in ends.
func serveFleet(order string, in io.Reader, out io.Writer) (err error) {
	size, made, _ := strings.Cut(order, " ")
	n, err := strconv.Atoi(size)
	if err != nil {
		return fmt.Errorf("%s=%q: write a number and \"made\" or \"described\"", fleetEnv, order)
	}
	sim, err := vcsim.Start(vcsim.Options{})
	if err != nil {
		return err
	}
	defer sim.Close()
	there := vcenterOf{Settings: map[string]any{"vsphere_server": sim.Server(), "user": sim.User, "password": sim.Password,
		"ca_file": sim.CAFile}}
	ctx := context.Background()
	if there.Members, err = describeFleet(ctx, there.Settings, n); err != nil {
		return err
	}
	if made == "made" {
		if err := errors.Join(create(ctx, there.Settings, there.Members), settle(ctx, nil, there.Members)); err != nil {
			return err
		}
	}
	if err := json.NewEncoder(out).Encode(there); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// describeFleet makes what the fleet of budget_test.go needs, and describes its instances.
func describeFleet(ctx context.Context, settings map[string]any, n int) (members []*member, err error) {
	w, err := newWalk(ctx, settings)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.end(ctx)) }()
	for flavor, size := range map[string][2]int64{"m1.small": {2, 4096}, "m1.large": {4, 8192}} {
		if err := w.make(ctx, "novasphere_compute_flavor", map[string]any{"name": flavor, "vcpus": size[0], "ram": size[1], "disk": int64(20),
			"extra_specs": map[string]any{"quota:cpu_reservation": "1000", "vmware:cpu_hot_add": "true",
				"vmware:memory_hot_add": "true"}}); err != nil {
			return nil, err
		}
	}
	if err := w.make(ctx, "novasphere_compute_keypair", map[string]any{"name": "ops"}); err != nil {
		return nil, err
	}
	image, err := w.look(ctx, "novasphere_images_image", "debian-12")
	public, err2 := w.look(ctx, "novasphere_networking_network", "public")
	private, err3 := w.look(ctx, "novasphere_networking_network", "private")
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	for i := range n {
		members = append(members, w.describe(map[string]any{"name": fmt.Sprintf("web-%d", i), "flavor_name": "m1.small", "image_id": image,
			"key_pair": "ops", "user_data": userData(i), "metadata": map[string]any{"role": "web", "index": strconv.Itoa(i)},
			"tags": []any{"web", "fleet"}, "wait_for_ip": "5m", "network": []any{map[string]any{"uuid": public}, map[string]any{"uuid": private}}}))
	}
	return members, nil
}

func userData(i int) string {
	lines := []string{"#cloud-config", "runcmd:"}
	for line := range 30 {
		lines = append(lines, fmt.Sprintf("  - [ echo, line %d of %d ]", line, i))
	}
	return strings.Join(lines, "\n")
}

// failed returns the errors of a response.
func failed(call string, said []*tfprotov6.Diagnostic) (err error) {
	for _, d := range said {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			err = errors.Join(err, fmt.Errorf("%s: %s: %s", call, d.Summary, d.Detail))
		}
	}
	return err
}
