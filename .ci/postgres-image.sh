#!/bin/bash
# Makes the image pgvector/pgvector:pg17, or with the argument 18 that of pg18, out of Debian's packages, for machines that reach a
# Debian mirror but no image registry. Leaves an image of that name alone, unless an older version of this made it. Needs root,
# debootstrap and a running Docker engine.
set -euo pipefail

major=${1:-17}
case $major in
17) suite=trixie ;;
18) suite=forky ;;
*)
  echo "there is no Debian with PostgreSQL $major known here" >&2
  exit 2
  ;;
esac
image=pgvector/pgvector:pg$major
here=$(cd "$(dirname "$0")" && pwd)

recipe=$(cat "$0" "$here/postgres-entrypoint.sh" | sha256sum | cut -c1-16)
label=ltd-index.recipe

if made_by=$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$image" 2>/dev/null) &&
  [ "${made_by:-$recipe}" = "$recipe" ]; then
  echo "image $image is here already"
  exit 0
fi

# The mirror of this machine's own apt, without those of security updates: they have no whole release.
mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
  awk '$2 !~ /security/ { sub(/\/+$/, "", $1); print $1; exit }')
: "${mirror:?apt on this machine names no Debian mirror}"

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT

# A mirror can drop one of the 150 downloads; debootstrap keeps what it has and a second try picks up there.
for try in 1 2 3; do
  # the script of sid does for every newer one, which an older debootstrap may not know by name
  if debootstrap --variant=minbase --include="postgresql-$major,postgresql-$major-pgvector,gosu,ca-certificates" "$suite" "$root" \
    "$mirror" /usr/share/debootstrap/scripts/sid >"$root.log" 2>&1; then break; fi
  tail -5 "$root.log"
  if [ "$try" = 3 ]; then exit 1; fi
  sleep 5
done
rm -f "$root.log"

rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root/var/lib/postgresql/$major"
install -m 755 "$here/postgres-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"

tar -C "$root" -c . | docker import \
  -c "ENV PATH=/usr/lib/postgresql/$major/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
  -c 'ENV LANG=C.UTF-8' \
  -c 'ENV PGDATA=/var/lib/postgresql/data' \
  -c 'VOLUME /var/lib/postgresql/data' \
  -c 'EXPOSE 5432' \
  -c "LABEL $label=$recipe" \
  -c 'ENTRYPOINT ["docker-entrypoint.sh"]' \
  -c 'CMD ["postgres"]' \
  - "$image" >/dev/null
echo "made $image"
