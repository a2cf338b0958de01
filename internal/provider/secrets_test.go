// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
)

// The secrets of a run, which reach the CLI by its environment and are in no file of the configuration.
const (
	secretToken    = "canary-of-the-token"
	secretFile     = "canary-of-the-file"
	secretPassword = "canary-of-the-password"
)

// hushed is a configuration that hands on every secret by a write-only argument, and an ephemeral key pair.
func hushed(role, version string) string {
	return `
variable "token" {
  type      = string
  ephemeral = true
}
variable "file" {
  type      = string
  ephemeral = true
}
variable "password" {
  type      = string
  ephemeral = true
}
ephemeral "novasphere_compute_keypair" "k" {}
resource "novasphere_compute_keypair" "k" {
  name                  = "canary"
  public_key_wo         = ephemeral.novasphere_compute_keypair.k.public_key
  public_key_wo_version = ` + version + `
}
resource "terraform_data" "private_half" {
  provisioner "local-exec" {
    command     = "test -n \"$PRIVATE_KEY\""
    environment = { PRIVATE_KEY = ephemeral.novasphere_compute_keypair.k.private_key }
  }
}
resource "novasphere_compute_flavor" "f" {
  name  = "m1.small"
  vcpus = 1
  ram   = 1024
  disk  = 10
}
resource "novasphere_compute_instance" "one" {
  name                  = "one"
  flavor_name           = novasphere_compute_flavor.f.name
  image_name            = "debian-12"
  key_pair              = novasphere_compute_keypair.k.name
  wait_for_ip           = "0s"
  metadata              = { role = "` + role + `" }
  admin_pass_wo         = var.password
  admin_pass_wo_version = 1
  user_data_wo = provider::novasphere::cloud_config({
    write_files = [{ path = "/etc/token", content = var.token }]
  })
  user_data_wo_version = ` + version + `
  personality {
    file               = "/etc/secret"
    content_wo         = var.file
    content_wo_version = 1
  }
}`
}

// TestAccSecretsAreNowhereKept takes write-only values of each kind, and an ephemeral key pair, through a whole life: plans, applies, a
// change, a replacement, a refresh and the plan to destroy. The guest is told them; no state, backup of one or plan file holds them, their
// base64 or their checksum, and nothing that the CLI prints does.
func TestAccSecretsAreNowhereKept(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), hushed("db", "1"), "TF_VAR_token="+secretToken, "TF_VAR_file="+secretFile,
		"TF_VAR_password="+secretPassword)
	dir := filepath.Dir(ws.StateFile())
	said := ws.Must("plan", "-out=first.plan", "-no-color") + ws.Must("show", "-json", "first.plan") +
		ws.Must("apply", "-no-color", "first.plan")
	ws.PlanIsEmpty()
	told := acctest.Extra(vc.VM("OpenStack/one"))
	ws.Configure(hushed("web", "2"))
	said += ws.Must("plan", "-out=second.plan", "-no-color") + ws.Must("show", "-json", "second.plan") + ws.Apply() +
		ws.Must("show", "-json")
	said += ws.Must("plan", "-destroy", "-out=last.plan", "-no-color")
	noSecret(t, "what the CLI prints", said)
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(raw), "user_data_wo_version") {
			t.Fatalf("%s: %v", name, err)
		}
		noSecret(t, name, string(raw))
	}
	for _, name := range []string{"first.plan", "second.plan", "last.plan"} {
		noSecret(t, name, unzipped(t, filepath.Join(dir, name)))
	}
	if data, _ := guest.Unpack(told["guestinfo.userdata"], told["guestinfo.userdata.encoding"]); !strings.Contains(data, secretToken) {
		t.Errorf("the guest is told %s", data)
	}
	ws.Destroy()
}

// noSecret fails the test where a text holds a secret in one of its forms.
func noSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range []string{secretToken, secretFile, secretPassword, "PRIVATE KEY-----"} {
		sum := sha256.Sum256([]byte(secret))
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString(sum[:])} {
			if strings.Contains(text, form) {
				t.Errorf("%s: it holds %s", where, form)
			}
		}
	}
}

// unzipped returns what the files of a plan hold.
func unzipped(t *testing.T, file string) string {
	t.Helper()
	archive, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, f := range archive.File {
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, io.LimitReader(from, 64<<20)); err != nil {
			t.Fatal(err)
		}
		_ = from.Close()
	}
	if !strings.Contains(all.String(), "m1.small") {
		t.Fatalf("%s: it holds no plan", file)
	}
	return all.String()
}
