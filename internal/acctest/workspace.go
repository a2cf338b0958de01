// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cli"
)

// Workspace is a folder with a configuration in which a real terraform or tofu runs the provider's real binary, as for a user.
type Workspace struct {
	t   testing.TB
	dir string
	cli cli.CLI
	env []string
}

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "novasphere-provider-")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "terraform-provider-novasphere"),
		"github.com/terraform-provider-novasphere/terraform-provider-novasphere").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	return dir, nil
})

// installed finds the CLI, once.
var installed = sync.OnceValues(func() (cli.CLI, error) { return cli.Find(context.Background()) })

// newest finds a Terraform with the verbs of 1.14, once.
var newest = sync.OnceValues(func() (cli.CLI, bool) { return cli.FindTerraform(context.Background(), cli.Verbs) })

// NewWorkspace makes a folder whose provider calls over the wire. Without TF_ACC it skips the test.
func (v *VCenter) NewWorkspace(t testing.TB, w *Wire, config string, env ...string) *Workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance test: run make test")
	}
	found, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	return v.workspaceOf(t, found, w, config, env)
}

// NewVerbsWorkspace is NewWorkspace for the verbs that Terraform has since 1.14: queries, actions, and configuration that the provider
// generates. It takes $TF or a terraform on PATH that is that new, and skips the test where there is none.
func (v *VCenter) NewVerbsWorkspace(t testing.TB, w *Wire, config string, env ...string) *Workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance test: run make test")
	}
	found, ok := newest()
	if !ok {
		t.Skip("neither $TF nor a terraform on PATH is Terraform 1.14 or later")
	}
	return v.workspaceOf(t, found, w, config, env)
}

// SkipWithoutVerbs skips a test of resource.Test that needs those verbs, where the CLI that acceptance tests run does not have them.
func SkipWithoutVerbs(t testing.TB) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance test: run make test")
	}
	if found, err := installed(); err != nil || !found.IsTerraform(cli.Verbs) {
		t.Skip("acceptance tests do not run Terraform 1.14 or later: TF=<its path> make test")
	}
}

// workspaceOf makes a folder in which this CLI runs the provider's binary.
func (v *VCenter) workspaceOf(t testing.TB, found cli.CLI, w *Wire, config string, env []string) *Workspace {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &Workspace{t: t, dir: t.TempDir(), cli: found}
	rc := filepath.Join(s.dir, "dev.tfrc")
	s.write("dev.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n    %q = %q\n  }\n  direct {}\n}\n",
		cli.TerraformHost+"/"+cli.Namespace+"/"+cli.Type, bin, cli.TofuHost+"/"+cli.Namespace+"/"+cli.Type, bin))
	s.Configure(config)
	s.env = append(cli.Clean(os.Environ()), "TF_CLI_CONFIG_FILE="+rc, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"VSPHERE_SERVER="+w.Server, "VSPHERE_USER="+v.User, "VSPHERE_PASSWORD="+v.Password, "NOVASPHERE_CA_FILE="+w.CAFile)
	s.env = append(s.env, env...)
	return s
}

// Configure replaces the configuration.
func (s *Workspace) Configure(config string) {
	s.t.Helper()
	s.write("main.tf", "terraform {\n  required_providers {\n    novasphere = { source = \""+cli.Namespace+"/"+cli.Type+"\" }\n  }\n}\n"+
		config)
}

// Write writes a file beside the configuration.
func (s *Workspace) Write(name, text string) {
	s.t.Helper()
	s.write(name, text)
}

// Read returns what a file of the folder holds.
func (s *Workspace) Read(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func (s *Workspace) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// Run runs a command of the CLI and returns its output.
func (s *Workspace) Run(args ...string) (string, error) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer stop()
	out := &bytes.Buffer{}
	err := s.Start(ctx, out, args...).Wait()
	return out.String(), err
}

// Must is Run for a command that must succeed.
func (s *Workspace) Must(args ...string) string {
	s.t.Helper()
	out, err := s.Run(args...)
	if err != nil {
		s.t.Fatalf("%s %v: %s\n%s", filepath.Base(s.cli.Path), args, err, out)
	}
	return out
}

// Start starts a command of the CLI; the caller waits for it.
func (s *Workspace) Start(ctx context.Context, out *bytes.Buffer, args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := exec.CommandContext(ctx, s.cli.Path, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.dir, s.env, out, out
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	return cmd
}

// StateFile returns the path of the state.
func (s *Workspace) StateFile() string { return filepath.Join(s.dir, "terraform.tfstate") }

// ImportsByIdentity reports whether the CLI takes an identity in an import block.
func (s *Workspace) ImportsByIdentity() bool { return s.cli.Identities() }

// ProviderAddress returns the provider's address in the state, registry.terraform.io/namespace/type, under the CLI's own host.
func (s *Workspace) ProviderAddress() string {
	return s.cli.Host() + "/" + cli.Namespace + "/" + cli.Type
}

// Apply applies the configuration.
func (s *Workspace) Apply() string {
	s.t.Helper()
	return s.Must("apply", "-auto-approve", "-no-color")
}

// Destroy destroys everything.
func (s *Workspace) Destroy() string {
	s.t.Helper()
	return s.Must("destroy", "-auto-approve", "-no-color")
}

// PlanIsEmpty fails the test if a plan would change anything.
func (s *Workspace) PlanIsEmpty() {
	s.t.Helper()
	if out, err := s.Run("plan", "-detailed-exitcode", "-no-color"); err != nil {
		s.t.Fatalf("the plan is not empty (%s):\n%s", err, out)
	}
}
