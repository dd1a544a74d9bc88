# packaging/homebrew/build fills in the version and the checksums of a release.
class Pullwarden < Formula
  desc "Checks OpenShift image configuration in Git before the cluster does"
  homepage "https://github.com/pullwarden/pullwarden"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "@URL:aarch64-apple-darwin@"
      sha256 "@SHA256:aarch64-apple-darwin@"
    end
    on_intel do
      url "@URL:x86_64-apple-darwin@"
      sha256 "@SHA256:x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@URL:aarch64-unknown-linux-musl@"
      sha256 "@SHA256:aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@URL:x86_64-unknown-linux-musl@"
      sha256 "@SHA256:x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "pullwarden"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/pullwarden.bash" => "pullwarden"
    fish_completion.install "completions/pullwarden.fish"
    zsh_completion.install "completions/_pullwarden"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/pullwarden --version")
  end
end
