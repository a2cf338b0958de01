// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const guide = "templates/guides/from-terraform-provider-openstack.md"

// before and after are a module before and after the guide's sed.
const (
	before = `terraform {
  required_providers {
    openstack = {
      source  = "terraform-provider-openstack/openstack"
      version = "~> 1.48"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.0"
    }
  }
}
provider "openstack" {
  alias = "here"
}
data "openstack_images_image_v2" "debian" {
  name = var.openstack_image
}
resource "openstack_compute_instance_v2" "web" {
  provider  = openstack.here
  image_id  = data.openstack_images_image_v2.debian.id
  key_pair  = openstack_compute_keypair_v2.ops.name
  user_data = "openstack"
}
resource "openstack_dns_recordset_v2" "web" {}
module "more" {
  source    = "./more"
  providers = { openstack = openstack.here }
}
`
	after = `terraform {
  required_providers {
    novasphere = {
      source  = "terraform-provider-novasphere/novasphere"
    }
    random = {
      source  = "hashicorp/random"
      version = "~> 3.0"
    }
  }
}
provider "novasphere" {
  alias = "here"
}
data "novasphere_images_image" "debian" {
  name = var.openstack_image
}
resource "novasphere_compute_instance" "web" {
  provider  = novasphere.here
  image_id  = data.novasphere_images_image.debian.id
  key_pair  = novasphere_compute_keypair.ops.name
  user_data = "openstack"
}
resource "openstack_dns_recordset_v2" "web" {}
module "more" {
  source    = "./more"
  providers = { novasphere = novasphere.here }
}
`
)

// TestGuidePortsAModule: the guide's command does what the guide states.
func TestGuidePortsAModule(t *testing.T) {
	t.Parallel()
	if got := ported(t, before); got != after {
		t.Errorf("the guide's sed made:\n%s", got)
	}
}

// TestGuideTakesTheVersionOut: of the old provider and of no other, wherever it stands.
func TestGuideTakesTheVersionOut(t *testing.T) {
	t.Parallel()
	const source = `source = "terraform-provider-openstack/openstack"`
	for name, c := range map[string][2]string{
		"before": {"openstack = {\n  version = \"1.35.0\"\n  " + source + "\n}\n", "novasphere = {\n  SOURCE\n}\n"},
		"after":  {"openstack = {\n  " + source + "\n  version = \">= 1.50.0\"\n}\n", "novasphere = {\n  SOURCE\n}\n"},
		"none": {"openstack = {\n  " + source + "\n  configuration_aliases = []\n}\n",
			"novasphere = {\n  SOURCE\n  configuration_aliases = []\n}\n"},
		"last": {"openstack = { " + source + " }", "novasphere = { SOURCE }"},
		"another": {"null = {\n  version = \"3\"\n  source = \"hashicorp/null\"\n}\n",
			"null = {\n  version = \"3\"\n  source = \"hashicorp/null\"\n}\n"},
		"module": {"module \"x\" {\n  version = \"3\"\n  providers = { openstack = openstack }\n}\n",
			"module \"x\" {\n  version = \"3\"\n  providers = { novasphere = novasphere }\n}\n"},
	} {
		want := strings.ReplaceAll(c[1], "SOURCE", strings.ReplaceAll(source, "openstack", "novasphere"))
		if got := ported(t, c[0]); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// ported returns a configuration after the guide's command.
func ported(t *testing.T, config string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, guide))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```shell\nsed ")
	command, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the guide shows no sed")
	}
	dir := t.TempDir()
	main := filepath.Join(dir, "main.tf")
	if err := os.WriteFile(main, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	sed := exec.CommandContext(t.Context(), "sh", "-c", "sed "+command)
	sed.Dir = dir
	if out, err := sed.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}
