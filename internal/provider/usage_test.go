// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// usage is what a command of the CLI used: itself, and the processes of the provider that it started.
type usage struct {
	cli, provider time.Duration // CPU
	memory        int64         // KiB, the peak of any one process of the provider
}

// perTick is the unit of CPU times in /proc: Linux reports a clock of a hundred ticks a second to programs, whatever its own is.
const perTick = 10 * time.Millisecond

// watch waits until a child of this process has ended, without reaping it, and returns what the child's own children used. The kernel
// adds a process's CPU time to its parent's account of children when the parent waits for it, and keeps that account until the parent
// itself is waited for: so nothing is lost, however short a process of the provider lived. Memory is read every 20 ms, as the peak so
// far. Without /proc it returns nothing at once.
func watch(pid int) (u usage) {
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		state, ofChildren, err := account(pid)
		if err != nil || state == "Z" {
			tick.Stop()
			u.provider = ofChildren
			return u
		}
		u.memory = max(u.memory, residentPeak(pid))
	}
}

// account returns a process's state, and the CPU time of those of its children that it has waited for.
func account(pid int) (state string, ofChildren time.Duration, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, err
	}
	// The name, in parentheses, may contain anything; proc_pid_stat(5) numbers the fields from it.
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 15 {
		return "", 0, fmt.Errorf("/proc/%d/stat holds %q: no CPU times", pid, raw)
	}
	var user, system int64
	_, err = fmt.Sscan(fields[13]+" "+fields[14], &user, &system) // cutime and cstime
	return fields[0], time.Duration(user+system) * perTick, err
}

// residentPeak returns the largest VmHWM among the processes of the provider that are a process's children, in KiB. A child that has not
// become the provider yet has its parent's memory.
func residentPeak(parent int) (most int64) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent)) // the pattern is valid
	for _, list := range lists {
		children, _ := os.ReadFile(list) // a thread or a child may have ended meanwhile
		for _, child := range strings.Fields(string(children)) {
			status, _ := os.ReadFile("/proc/" + child + "/status")
			_, after, _ := strings.Cut(string(status), "VmHWM:")
			if !strings.HasPrefix(string(status), "Name:\tterraform-provi") {
				continue
			}
			var kib int64
			if _, err := fmt.Sscan(after, &kib); err == nil {
				most = max(most, kib)
			}
		}
	}
	return most
}

// TestWatchTellsChildrenApart: a shell only waits for another one, which counts and has the name of a provider.
func TestWatchTellsChildrenApart(t *testing.T) { //nolint:paralleltest // it measures CPU time
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc here to read CPU times from")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(t.TempDir(), "terraform-provider-test")
	cmd := exec.CommandContext(t.Context(), shell, "-c", named+` -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; true`)
	if err := errors.Join(os.Symlink(shell, named), cmd.Start()); err != nil {
		t.Fatal(err)
	}
	used := watch(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	all := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if own := all - used.provider; used.provider < 5*perTick || own > used.provider/2 || used.memory == 0 {
		t.Errorf("of %v of CPU %v is said to be the child's, which had %d KiB", all, used.provider, used.memory)
	}
}
