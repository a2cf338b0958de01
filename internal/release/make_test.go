// SPDX-License-Identifier: MPL-2.0

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// made runs make at the root of the tree, without building anything.
func made(t *testing.T, env []string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make on PATH")
	}
	cmd := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory", "-o", "build"}, args...)...)
	cmd.Dir = root
	// What a make above this test has been told is not for the one below.
	above := func(v string) bool { return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS") }
	cmd.Env = append(slices.DeleteFunc(os.Environ(), above), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// TestMakeKnowsUsualNames: what people of this field type first.
func TestMakeKnowsUsualNames(t *testing.T) {
	t.Parallel()
	help := made(t, nil, "help")
	for _, name := range []string{"build", "test", "testacc", "lint", "fmt", "generate", "tidy", "docs", "install", "clean"} {
		if !strings.Contains(help, "\n  make "+name+" ") {
			t.Errorf("make help does not list %s:\n%s", name, help)
		}
	}
}

// TestInstallOnWindows: below %APPDATA%, where Terraform and OpenTofu look there, and as a program that Windows starts.
func TestInstallOnWindows(t *testing.T) {
	t.Parallel()
	commands := made(t, []string{"GOOS=windows", "GOARCH=amd64", "OS=Windows_NT", `APPDATA=D:\People and\jo`}, "-n", "install")
	for _, want := range []string{
		`dir="D:/People and/jo/terraform.d/plugins/$host/terraform-provider-novasphere/novasphere/` + current(t) + `/$os_arch"`,
		`installed="$dir/terraform-provider-novasphere_v` + current(t) + `.exe"`} {
		if !strings.Contains(commands, want) {
			t.Errorf("no %s in\n%s", want, commands)
		}
	}
}

// TestInstallTellsOfLockFiles: another build of the same version is refused by init where a lock file knows the first, and only then is
// there something to say.
func TestInstallTellsOfLockFiles(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	program := filepath.Join(home, "built")
	for i, step := range []struct {
		build string
		told  bool
	}{{"first", false}, {"first", false}, {"second", true}} {
		if err := os.WriteFile(program, []byte(step.build), 0o700); err != nil {
			t.Fatal(err)
		}
		said := made(t, nil, "install", "BINARY="+program, "PLUGINS="+home)
		if told := strings.Contains(said, "delete the block of novasphere in .terraform.lock.hcl"); told != step.told {
			t.Errorf("installation %d: told of lock files: %t\n%s", i+1, told, said)
		}
		name := "terraform-provider-novasphere_v" + current(t) + "*"
		installed, err := filepath.Glob(home + "/registry.*/*/novasphere/" + current(t) + "/*/" + name)
		if err != nil || len(installed) != 2 {
			t.Fatalf("installed %v (%v), and a file for each registry expected", installed, err)
		}
		for _, file := range installed {
			if text, err := os.ReadFile(file); err != nil || string(text) != step.build {
				t.Errorf("%s holds %q, %v", file, text, err)
			}
		}
	}
}

// TestDemoBuildsAsMakeDoes: with the same flags, so that make install after make demo compiles nothing again.
func TestDemoBuildsAsMakeDoes(t *testing.T) {
	t.Parallel()
	const flags = "-trimpath -buildvcs=false"
	if !strings.Contains(contentOf(t, "GNUmakefile"), "\nFLAGS := "+flags+"\n") {
		t.Errorf("GNUmakefile builds with other flags than %s", flags)
	}
	quoted := `"` + strings.ReplaceAll(flags, " ", `", "`) + `"`
	if !strings.Contains(contentOf(t, "internal/cmd/demo/stage.go"), "alike = []string{"+quoted+"}") {
		t.Errorf("the demo builds with other flags than %s", flags)
	}
	for _, target := range []string{"novasim", "demo", "demo-nsx"} {
		if commands := made(t, nil, "-n", target); !strings.Contains(commands, "CGO_ENABLED=0") || !strings.Contains(commands, flags) {
			t.Errorf("make %s runs %s", target, commands)
		}
	}
}

// TestReleaseTagAgrees: a tag, VERSION and CHANGELOG.md.
func TestReleaseTagAgrees(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make on PATH")
	}
	cmd := exec.CommandContext(t.Context(), "make", "--no-print-directory", "release-tag", "TAG=v0.0.0-other")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "the tag v0.0.0-other is not v"+current(t)) {
		t.Errorf("%v: %s", err, out)
	}
}
